#include "COpenSSL.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

static const char id[] = "1234567812345678";

int copenssl_sm2_generate(uint8_t secret[32]) {
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    BIGNUM *number = NULL;
    int done = pair && EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_PRIV_KEY, &number)
        && BN_bn2binpad(number, secret, 32) == 32;
    BN_clear_free(number);
    EVP_PKEY_free(pair);
    ERR_clear_error();
    return done;
}

// A number from 1 to n − 2, as the standard wants it; NULL for another.
static BIGNUM *number(const EC_GROUP *group, const uint8_t secret[32]) {
    BIGNUM *number = BN_secure_new();
    BIGNUM *end = BN_dup(EC_GROUP_get0_order(group));
    if (!number || !end || !BN_bin2bn(secret, 32, number) || !BN_sub_word(end, 1) || BN_is_zero(number)
        || BN_cmp(number, end) >= 0) {
        BN_clear_free(number);
        number = NULL;
    }
    BN_free(end);
    return number;
}

static int public_key(const BIGNUM *secret, const EC_GROUP *group, uint8_t key[65]) {
    EC_POINT *point = EC_POINT_new(group);
    int done = point && EC_POINT_mul(group, point, secret, NULL, NULL, NULL)
        && EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, key, 65, NULL) == 65;
    EC_POINT_free(point);
    return done;
}

int copenssl_sm2_public(const uint8_t secret[32], uint8_t key[65]) {
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    BIGNUM *scalar = group ? number(group, secret) : NULL;
    int done = scalar && public_key(scalar, group, key);
    BN_clear_free(scalar);
    EC_GROUP_free(group);
    ERR_clear_error();
    return done;
}

// A key of its parts; without the secret where that is NULL. NULL for what is none.
static EVP_PKEY *load(const uint8_t key[65], const BIGNUM *secret) {
    EVP_PKEY *result = NULL;
    OSSL_PARAM *parts = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (builder && context && key[0] == 4
        && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0)
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, key, 65)
        && (!secret || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, secret))
        && (parts = OSSL_PARAM_BLD_to_param(builder)) && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &result, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parts) != 1) {
        EVP_PKEY_free(result);
        result = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parts);
    OSSL_PARAM_BLD_free(builder);
    return result;
}

int copenssl_sm2_is_key(const uint8_t key[65]) {
    EVP_PKEY *loaded = load(key, NULL);
    EVP_PKEY_CTX *context = loaded ? EVP_PKEY_CTX_new_from_pkey(NULL, loaded, NULL) : NULL;
    int done = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(loaded);
    ERR_clear_error();
    return done;
}

// A context for one signature, with the user id; NULL where there is no memory.
static EVP_MD_CTX *begin(EVP_PKEY *key, EVP_PKEY_CTX **keyContext) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    *keyContext = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    if (!context || !*keyContext || EVP_PKEY_CTX_set1_id(*keyContext, id, sizeof(id) - 1) <= 0) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    EVP_MD_CTX_set_pkey_ctx(context, *keyContext);
    return context;
}

int copenssl_sm2_sign(
    const uint8_t secret[32], const uint8_t *message, size_t count, uint8_t *signature, size_t *length) {
    uint8_t key[65];
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    BIGNUM *scalar = group ? number(group, secret) : NULL;
    EVP_PKEY *pair = scalar && public_key(scalar, group, key) ? load(key, scalar) : NULL;
    EVP_PKEY_CTX *keyContext = NULL;
    EVP_MD_CTX *context = begin(pair, &keyContext);
    int done = context && EVP_DigestSignInit(context, NULL, EVP_sm3(), NULL, pair) == 1
        && EVP_DigestSign(context, signature, length, message, count) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(keyContext);
    EVP_PKEY_free(pair);
    BN_clear_free(scalar);
    EC_GROUP_free(group);
    ERR_clear_error();
    return done;
}

int copenssl_sm2_verify(
    const uint8_t key[65], const uint8_t *message, size_t count, const uint8_t *signature, size_t length) {
    EVP_PKEY *loaded = load(key, NULL);
    EVP_PKEY_CTX *keyContext = NULL;
    EVP_MD_CTX *context = begin(loaded, &keyContext);
    int done = context && EVP_DigestVerifyInit(context, NULL, EVP_sm3(), NULL, loaded) == 1
        && EVP_DigestVerify(context, signature, length, message, count) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(keyContext);
    EVP_PKEY_free(loaded);
    ERR_clear_error();
    return done;
}

struct copenssl_gcm *copenssl_gcm_new(void) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context || EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return (struct copenssl_gcm *)context;
}

void copenssl_gcm_free(struct copenssl_gcm *gcm) { EVP_CIPHER_CTX_free((EVP_CIPHER_CTX *)gcm); }

int copenssl_gcm_open(
    struct copenssl_gcm *gcm, const uint8_t key[32], const uint8_t nonce[12], const uint8_t *known, size_t known_count,
    const uint8_t *sealed, size_t count, uint8_t *plain) {
    EVP_CIPHER_CTX *context = (EVP_CIPHER_CTX *)gcm;
    int length = 0;
    if (count > INT_MAX || known_count > INT_MAX) return 0;
    return EVP_DecryptInit_ex(context, NULL, NULL, key, nonce) == 1
        && (known_count == 0 || EVP_DecryptUpdate(context, NULL, &length, known, (int)known_count) == 1)
        && EVP_DecryptUpdate(context, plain, &length, sealed, (int)count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(sealed + count)) == 1
        && EVP_DecryptFinal_ex(context, plain + count, &length) == 1;
}
