//! Signatures as JSON Web Signatures (RFC 7515), compact, with Ed25519 (RFC 8037). jsonwebtoken reads and writes the format. Its
//! cryptography is ring's, which is in the program already, under TLS.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, new_error};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, OctetKeyPairParameters, OctetKeyPairType,
    PublicKeyUse,
};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::random::Random;
use crate::error::{Error, Result};

/// Bytes of a private key (RFC 8032, section 5.1.5) and of a public one.
const SEED: usize = 32;
pub(crate) const PUBLIC_KEY: usize = 32;

/// A key that signs.
pub(crate) struct SigningKey {
    seed: Zeroizing<[u8; SEED]>,
    public: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

impl SigningKey {
    pub(crate) fn generate(random: &dyn Random) -> Result<Self> {
        let mut seed = Zeroizing::new([0_u8; SEED]);
        random.fill(&mut *seed);
        Self::from_seed(&*seed)
    }

    /// Reads a private key that was stored.
    pub(crate) fn from_seed(seed: &[u8]) -> Result<Self> {
        let unusable = || Error::Internal("a signing key is no Ed25519 key".to_owned());
        let seed: [u8; SEED] = seed.try_into().map_err(|_| unusable())?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| unusable())?;
        Ok(Self {
            public: pair.public_key().as_ref().to_vec(),
            seed: Zeroizing::new(seed),
        })
    }

    /// The private key.
    pub(crate) fn seed(&self) -> &[u8] {
        &*self.seed
    }

    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// Signs claims under this key's ID. `kind` is the type in the header.
    pub(crate) fn sign(&self, kind: &str, claims: &impl Serialize) -> Result<String> {
        install();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(kind.to_owned());
        header.kid = Some(key_id(&self.public));
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(self.seed()))
            .map_err(|error| Error::Internal(format!("cannot sign: {error}")))
    }
}

/// The ID of a public key: its thumbprint (RFC 7638).
pub(crate) fn key_id(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
}

/// A public key as JSON (RFC 8037, section 2).
pub(crate) fn public_jwk(public: &[u8]) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(key_id(public)),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(public),
        }),
    }
}

/// The bytes of a public key that verifies Ed25519 signatures; `None` for any other key.
pub(crate) fn ed25519_of(key: &Jwk) -> Option<Vec<u8>> {
    match &key.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            let public = decode(&pair.x)?;
            (public.len() == PUBLIC_KEY).then_some(public)
        }
        _ => None,
    }
}

/// Decodes base64url without padding. There is one spelling of each value, any other is `None`.
pub(crate) fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// Why a signature or its claims were refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The signature does not fit the header and the claims.
    Signature,
    /// The signature is right, and the claims are not what was expected.
    Claims(String),
}

/// Checks a signature with an Ed25519 key, and reads the signed claims.
pub(crate) fn verify<T: DeserializeOwned>(jws: &str, public: &[u8]) -> Result<T, Refused> {
    install();
    let mut rules = Validation::new(Algorithm::EdDSA);
    // A receipt has no end, and no audience.
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    match jsonwebtoken::decode::<T>(jws, &DecodingKey::from_ed_der(public), &rules) {
        Ok(data) => Ok(data.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::Json(why) => Refused::Claims(why.to_string()),
            ErrorKind::Utf8(why) => Refused::Claims(why.to_string()),
            _ => Refused::Signature,
        }),
    }
}

/// Sets the cryptography of jsonwebtoken, which has none of its own here.
fn install() {
    static RING: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| {
            check(*algorithm, key.family())?;
            let pair = Ed25519KeyPair::from_seed_unchecked(key.as_bytes());
            Ok(Box::new(RingSigner(
                pair.map_err(|_| new_error(ErrorKind::InvalidEddsaKey))?,
            )))
        },
        verifier_factory: |algorithm, key| {
            check(*algorithm, key.family())?;
            Ok(Box::new(RingVerifier(key.try_get_as_bytes()?.to_vec())))
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    // Fails only if it is installed already.
    let _ = RING.install_default();
}

fn check(algorithm: Algorithm, family: AlgorithmFamily) -> jsonwebtoken::errors::Result<()> {
    match (algorithm, family) {
        (Algorithm::EdDSA, AlgorithmFamily::Ed) => Ok(()),
        _ => Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    }
}

struct RingSigner(Ed25519KeyPair);

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct RingVerifier(Vec<u8>);

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

    #[test]
    fn a_key_has_the_public_half_and_the_thumbprint_of_the_standard() {
        let key = SigningKey::from_seed(&decode(SEED).unwrap()).unwrap();
        assert_eq!(
            serde_json::to_value(public_jwk(key.public())).unwrap(),
            serde_json::json!({
                "use": "sig", "alg": "EdDSA", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            })
        );
    }

    /// RFC 8037, appendix A.4. Ed25519 signatures are deterministic. The message is signed as it is there, since a header of ours
    /// has more members.
    #[test]
    fn a_signature_is_the_one_of_the_standard() {
        install();
        let key = EncodingKey::from_ed_der(&decode(SEED).unwrap());
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(
            jsonwebtoken::crypto::sign(message, &key, Algorithm::EdDSA).unwrap(),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn only_the_right_key_verifies() {
        let (key, other) = (
            SigningKey::from_seed(&[1; 32]).unwrap(),
            SigningKey::from_seed(&[2; 32]).unwrap(),
        );
        let jws = key.sign("test+jwt", &serde_json::json!({"change": 7})).unwrap();
        let read = verify::<serde_json::Value>(&jws, key.public()).unwrap();
        assert_eq!(read["change"], 7);
        assert_eq!(
            verify::<serde_json::Value>(&jws, other.public()).unwrap_err(),
            Refused::Signature
        );
        assert!(matches!(verify::<Vec<u8>>(&jws, key.public()), Err(Refused::Claims(_))));
    }

    #[test]
    fn a_key_of_another_kind_is_none() {
        let rsa: Jwk = serde_json::from_value(serde_json::json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"})).unwrap();
        assert_eq!(ed25519_of(&rsa), None);
        let mut short = public_jwk(&[7; 32]);
        assert_eq!(ed25519_of(&short), Some(vec![7; 32]));
        if let AlgorithmParameters::OctetKeyPair(pair) = &mut short.algorithm {
            pair.x = "AQAB".to_owned();
        }
        assert_eq!(ed25519_of(&short), None);
    }
}
