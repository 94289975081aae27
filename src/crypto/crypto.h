/*
 * crypto: digests. Floor 1, and the only room that sees libcrypto: no type
 * of it appears here, so that it can be replaced in one place.
 *
 * SHA-256 is that of FIPS 180-4. Its algorithm is fetched once in each
 * process and a context is used again from message to message, which halves
 * the cost of a short one.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/base.h"

#define CRYPTO_SHA256 32                           /* bytes of a digest */
#define CRYPTO_SHA256_TEXT (2 * CRYPTO_SHA256 + 1) /* in hexadecimal, with its NUL */

/* A digest in the making. Belongs to one thread. */
struct crypto_sha256;

/* Ready for its first message. NULL, with err filled, where libcrypto fails. */
struct crypto_sha256 *crypto_sha256_new(struct err *err);
void crypto_sha256_free(struct crypto_sha256 *sha256); /* NULL is allowed */
void crypto_sha256_clean(struct crypto_sha256 **sha256); /* for CLEAN(crypto_sha256) */

/* Add bytes to the message. 0 or negative. */
int crypto_sha256_add(struct crypto_sha256 *sha256, const void *bytes, size_t length,
		      struct err *err) MUST_CHECK;
/* The message's digest; the next add begins a new message. 0 or negative. */
int crypto_sha256_finish(struct crypto_sha256 *sha256, uint8_t ret_digest[CRYPTO_SHA256],
			 struct err *err) MUST_CHECK;
/* A message that is in memory as a whole. 0 or negative. */
int crypto_sha256_of(struct text message, uint8_t ret_digest[CRYPTO_SHA256],
		     struct err *err) MUST_CHECK;

/* Lower-case hexadecimal. Returns ret_text. */
const char *crypto_sha256_text(const uint8_t digest[CRYPTO_SHA256],
			       char ret_text[CRYPTO_SHA256_TEXT]);
/* 64 hexadecimal digits in either case; false for anything else. */
bool crypto_sha256_from_text(struct text t, uint8_t ret_digest[CRYPTO_SHA256]) MUST_CHECK;

#endif
