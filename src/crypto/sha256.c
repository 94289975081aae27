#include "crypto/crypto.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>

struct crypto_sha256 {
	EVP_MD_CTX *context;
	bool begun;
};

static const EVP_MD *algorithm(void)
{
	static EVP_MD *fetched; /* lives as long as the process */

	if (!fetched)
		fetched = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	return fetched;
}

static int failed(struct err *err)
{
	char reason[200] = "unknown reason";
	unsigned long code = ERR_get_error();

	if (code)
		ERR_error_string_n(code, reason, sizeof(reason));
	ERR_clear_error();
	return err_set(err, ERR_SYSTEM, "SHA-256 is not available: %s", reason);
}

struct crypto_sha256 *crypto_sha256_new(struct err *err)
{
	CLEAN(crypto_sha256) struct crypto_sha256 *sha256 = calloc(1, sizeof(*sha256));

	if (!sha256) {
		err_set(err, ERR_MEMORY, "no memory for a digest");
		return NULL;
	}
	sha256->context = EVP_MD_CTX_new();
	if (!sha256->context || !algorithm()) {
		failed(err);
		return NULL;
	}
	struct crypto_sha256 *made = sha256;
	sha256 = NULL;
	return made;
}

void crypto_sha256_free(struct crypto_sha256 *sha256)
{
	if (!sha256)
		return;
	EVP_MD_CTX_free(sha256->context);
	free(sha256);
}

void crypto_sha256_clean(struct crypto_sha256 **sha256)
{
	crypto_sha256_free(*sha256);
	*sha256 = NULL;
}

static bool begin(struct crypto_sha256 *sha256)
{
	if (!sha256->begun)
		sha256->begun = EVP_DigestInit_ex2(sha256->context, algorithm(), NULL) == 1;
	return sha256->begun;
}

int crypto_sha256_add(struct crypto_sha256 *sha256, const void *bytes, size_t length,
		      struct err *err)
{
	if (!begin(sha256) || EVP_DigestUpdate(sha256->context, bytes, length) != 1)
		return failed(err);
	return 0;
}

int crypto_sha256_finish(struct crypto_sha256 *sha256, uint8_t ret_digest[CRYPTO_SHA256],
			 struct err *err)
{
	if (!begin(sha256) || EVP_DigestFinal_ex(sha256->context, ret_digest, NULL) != 1)
		return failed(err);
	sha256->begun = false;
	return 0;
}

int crypto_sha256_of(struct text message, uint8_t ret_digest[CRYPTO_SHA256],
		     struct err *err)
{
	if (!algorithm() || EVP_Digest(message.bytes, message.length, ret_digest, NULL,
				       algorithm(), NULL) != 1)
		return failed(err);
	return 0;
}

const char *crypto_sha256_text(const uint8_t digest[CRYPTO_SHA256],
			       char ret_text[CRYPTO_SHA256_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < CRYPTO_SHA256; i++) {
		ret_text[2 * i] = digits[digest[i] >> 4];
		ret_text[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_text[2 * CRYPTO_SHA256] = '\0';
	return ret_text;
}

bool crypto_sha256_from_text(struct text t, uint8_t ret_digest[CRYPTO_SHA256])
{
	uint8_t digest[CRYPTO_SHA256];

	if (t.length != 2 * CRYPTO_SHA256)
		return false;
	for (size_t i = 0; i < CRYPTO_SHA256; i++) {
		int high = hex_digit(t.bytes[2 * i]), low = hex_digit(t.bytes[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret_digest, digest, sizeof(digest));
	return true;
}
