"""What our server room adds to hotzone: whom to page, when to cool ahead, and how our dampers are driven."""
