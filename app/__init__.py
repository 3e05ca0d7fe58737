"""The composition root: the command line, the runtime, and what they are put together of. Nothing else imports it.

It holds no rule about temperatures and knows no payload: those are the pipeline's and the sensors'.
"""
