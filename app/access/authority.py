"""An authority: a key that vouches for others, the certificates that it issues, and the list of those that it takes back.

Keys are P-256, which small devices bear; signatures are SHA-256.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEARS: Final = 10
"""How long an authority lasts, and its list of certificates that were taken back."""
_EARLIER: Final = timedelta(hours=1)
"""Valid since then, as not every clock is right."""


class Pair(NamedTuple):
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """Vouches for clients, or for a broker. `now` is given in, UTC."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._certificate = x509.load_pem_x509_certificate(pair.certificate)
        key = serialization.load_pem_private_key(pair.key, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != self._certificate.public_key():
            msg = "the key of the authority is not that of its certificate"
            raise ValueError(msg)
        self._key = key

    @classmethod
    def make(cls, name: str, now: datetime) -> "Authority":
        """A new one, signed by itself, that can vouch for no other authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key, now, timedelta(days=365 * YEARS))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(sign=True), critical=True)
        return cls(_pair(builder.sign(key, hashes.SHA256()), key))

    def client(self, name: str, now: datetime, days: int) -> Pair:
        """A certificate by which somebody of this name connects."""
        return self._issue(name, now, days, ExtendedKeyUsageOID.CLIENT_AUTH)

    def server(self, hosts: Sequence[str], now: datetime, days: int) -> Pair:
        """A certificate for a broker with these names and addresses."""
        return self._issue(
            "broker", now, days, ExtendedKeyUsageOID.SERVER_AUTH, x509.SubjectAlternativeName([_host(host) for host in hosts])
        )

    def revocations(self, serials: Iterable[int], now: datetime) -> bytes:
        """The list of what was taken back, PEM; clients and brokers refuse what is on it."""
        builder = x509.CertificateRevocationListBuilder(self._certificate.subject, now - _EARLIER, now + timedelta(days=365 * YEARS))
        for serial in sorted(set(serials)):
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, now - _EARLIER).build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _issue(self, name: str, now: datetime, days: int, use: x509.ObjectIdentifier, extra: x509.ExtensionType | None = None) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self._certificate.subject, key, now, timedelta(days=days))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        if extra is not None:
            builder = builder.add_extension(extra, critical=False)
        return _pair(builder.sign(self._key, hashes.SHA256()), key)


class Facts(NamedTuple):
    """What a certificate says."""

    serial: int
    until: datetime
    hosts: frozenset[str]


def facts(pem: bytes) -> Facts:
    """Read a certificate. Raises ValueError."""
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = {str(name.value) for name in names}
    except x509.ExtensionNotFound:
        hosts = set()
    return Facts(certificate.serial_number, certificate.not_valid_after_utc, frozenset(hosts))


def issued_by(pem: bytes, authority: Authority) -> bool:
    """Whether this authority issued the certificate. Raises ValueError."""
    try:
        x509.load_pem_x509_certificate(pem).verify_directly_issued_by(x509.load_pem_x509_certificate(authority.pair.certificate))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def revoked(pem: bytes) -> set[int]:
    """Serial numbers on a list. Raises ValueError."""
    return {entry.serial_number for entry in x509.load_pem_x509_crl(pem)}


def _builder(
    name: str, issuer: str | x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer) if isinstance(issuer, str) else issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
