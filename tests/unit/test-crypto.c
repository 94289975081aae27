/* crypto: SHA-256 against the examples of FIPS 180-4, in pieces and again. */
#include "base/base.h"
#include "crypto/crypto.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	const char *message, *digest;
} examples[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(one_call)
{
	struct err err;

	for (size_t n = 0; n < ARRAY_LENGTH(examples); n++) {
		uint8_t digest[CRYPTO_SHA256];
		char text[CRYPTO_SHA256_TEXT];
		ck_assert_int_eq(crypto_sha256_of(text_of(examples[n].message), digest, &err), 0);
		ck_assert_str_eq(crypto_sha256_text(digest, text), examples[n].digest);
	}
}
END_TEST

START_TEST(pieces_and_the_same_context_again)
{
	struct err err;
	CLEAN(crypto_sha256) struct crypto_sha256 *sha256 = crypto_sha256_new(&err);

	ck_assert_ptr_nonnull(sha256);
	for (size_t n = 0; n < ARRAY_LENGTH(examples); n++) {
		uint8_t digest[CRYPTO_SHA256];
		char text[CRYPTO_SHA256_TEXT];
		for (const char *c = examples[n].message; *c; c++)
			ck_assert_int_eq(crypto_sha256_add(sha256, c, 1, &err), 0);
		ck_assert_int_eq(crypto_sha256_finish(sha256, digest, &err), 0);
		ck_assert_str_eq(crypto_sha256_text(digest, text), examples[n].digest);
	}
}
END_TEST

START_TEST(a_million_bytes)
{
	struct err err;
	CLEAN(crypto_sha256) struct crypto_sha256 *sha256 = crypto_sha256_new(&err);
	char many[1000];
	uint8_t digest[CRYPTO_SHA256];
	char text[CRYPTO_SHA256_TEXT];

	memset(many, 'a', sizeof(many));
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(crypto_sha256_add(sha256, many, sizeof(many), &err), 0);
	ck_assert_int_eq(crypto_sha256_finish(sha256, digest, &err), 0);
	ck_assert_str_eq(crypto_sha256_text(digest, text),
			 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

START_TEST(digests_from_text)
{
	uint8_t digest[CRYPTO_SHA256];
	char text[CRYPTO_SHA256_TEXT];

	ck_assert(crypto_sha256_from_text(text_of(examples[1].digest), digest));
	ck_assert_str_eq(crypto_sha256_text(digest, text), examples[1].digest);
	ck_assert(crypto_sha256_from_text(
		TEXT("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), digest));
	ck_assert_str_eq(crypto_sha256_text(digest, text), examples[1].digest);
	ck_assert(!crypto_sha256_from_text(TEXT(""), digest));
	ck_assert(!crypto_sha256_from_text(text_head(text_of(examples[1].digest), 63), digest));
	ck_assert(!crypto_sha256_from_text(
		TEXT("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), digest));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crypto");
	TCase *cases = tcase_create("sha256");
	SRunner *runner;
	int failed;

	tcase_add_test(cases, one_call);
	tcase_add_test(cases, pieces_and_the_same_context_again);
	tcase_add_test(cases, a_million_bytes);
	tcase_add_test(cases, digests_from_text);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
