// SM2 with SM3 (GB/T 32918.2, GB/T 32905) and AES-256-GCM by OpenSSL's libcrypto, in plain bytes. Every function returns 1 for
// yes, 0 for no or failure, and may be called from any thread.
#ifndef COPENSSL_H
#define COPENSSL_H

#include <stddef.h>
#include <stdint.h>

// No signature is longer: a DER sequence of two integers (GB/T 35276).
#define COPENSSL_SM2_LONGEST_SIGNATURE 72

// A new secret: 32 bytes, big-endian.
int copenssl_sm2_generate(uint8_t secret[32]);

// The public key of a secret, 0x04 and both coordinates. 0 for a secret that is none.
int copenssl_sm2_public(const uint8_t secret[32], uint8_t key[65]);

// Whether 65 bytes are a point of the curve.
int copenssl_sm2_is_key(const uint8_t key[65]);

// Signs under the user id `1234567812345678`, which the standard gives where none was agreed on.
int copenssl_sm2_sign(const uint8_t secret[32], const uint8_t *message, size_t count, uint8_t *signature, size_t *length);

int copenssl_sm2_verify(
    const uint8_t key[65], const uint8_t *message, size_t count, const uint8_t *signature, size_t length);

// What opens boxes of AES-256-GCM one after another. Belongs to one thread. NULL where there is no memory.
struct copenssl_gcm;
struct copenssl_gcm *copenssl_gcm_new(void);
void copenssl_gcm_free(struct copenssl_gcm *gcm);

// Opens `count` bytes of ciphertext with its tag of 16 bytes behind them.
//   plain: has room for `count` bytes; holds nothing that may be used where this returns 0
int copenssl_gcm_open(
    struct copenssl_gcm *gcm, const uint8_t key[32], const uint8_t nonce[12], const uint8_t *known, size_t known_count,
    const uint8_t *sealed, size_t count, uint8_t *plain);

#endif
