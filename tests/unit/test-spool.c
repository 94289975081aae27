/* spool: directories, claims, refusals, snapshots, receipts; again after every step. */
#include "spool/spool.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[] = "/tmp/test-spool.XXXXXX";
static char base[100];
static struct spool *spool;
static struct err err;

#define OK(call) ck_assert_msg((call) >= 0, "%s", err.text)

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

static void set_up(void)
{
	snprintf(base, sizeof(base), "%s", directory);
	ck_assert_ptr_nonnull(mkdtemp(base));
	OK(spool_open(base, &spool, &err));
	OK(spool_contractor_create(spool, "ACME", &err));
}

static void tear_down(void)
{
	spool_free(spool);
	nftw(base, remove_one, 20, FTW_DEPTH | FTW_PHYS);
}

static const char *in(enum spool_place place, const char *name)
{
	static char path[4][600];
	static unsigned turn;
	char *p = path[turn++ % 4];
	char where[300];

	ck_assert(spool_path(spool, "ACME", place, where, sizeof(where)));
	snprintf(p, 600, "%s/%s", where, name);
	return p;
}

static void write_bytes(const char *path, const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write_fully(fd, bytes, length), 0);
	close(fd);
}

static void drop(const char *name, const char *content)
{
	write_bytes(in(SPOOL_INCOMING, name), content, strlen(content));
}

static struct spool_delivery claim(const char *name)
{
	struct spool_delivery delivery;

	ck_assert_msg(spool_claim(spool, "ACME", name, &delivery, &err) == 1, "%s", err.text);
	return delivery;
}

static enum ipc_refusal open_claimed(const struct spool_delivery *delivery, uint64_t most)
{
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;
	int fd = -1;

	OK(spool_delivery_open(spool, "ACME", delivery, most, &fd, &refusal, &err));
	ck_assert((fd >= 0) == (refusal == SPOOL_NOT_REFUSED));
	if (fd >= 0)
		close(fd);
	return refusal;
}

START_TEST(codes)
{
	static const char *const good[] = { "A", "ACME", "9-LIVES", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345" };
	static const char *const bad[] = { "", "-A", "acme", "A.B", "..", "A/B", "A B",
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456" };

	for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
		ck_assert_msg(spool_code_valid(text_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		ck_assert_msg(!spool_code_valid(text_of(bad[i])), "%s", bad[i]);
		ck_assert_int_eq(spool_contractor_create(spool, bad[i], &err), -ERR_REFUSED);
	}
}
END_TEST

static void count_code(void *context, const char *code)
{
	*(int *)context += strcmp(code, "ACME") == 0 ? 1 : 100;
}

START_TEST(places_have_their_modes)
{
	struct stat status;
	int seen = 0;

	ck_assert_int_eq(stat(in(SPOOL_INCOMING, ""), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 01770);
	ck_assert_int_eq(stat(in(SPOOL_CLAIMED, ""), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0700);
	ck_assert_int_eq(stat(in(SPOOL_RECEIPTS, ""), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0755);
	/* What an administrator changed stays so. */
	ck_assert_int_eq(chmod(in(SPOOL_INCOMING, ""), 01777), 0);
	OK(spool_contractor_create(spool, "ACME", &err));
	ck_assert_int_eq(stat(in(SPOOL_INCOMING, ""), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 01777);
	ck_assert(spool_contractor_exists(spool, "ACME"));
	ck_assert(!spool_contractor_exists(spool, "NOBODY"));
	OK(spool_contractor_each(spool, count_code, &seen, &err));
	ck_assert_int_eq(seen, 1);
}
END_TEST

START_TEST(list_is_oldest_first_and_bounded)
{
	struct spool_list list;
	char name[40];
	uint64_t count;

	drop(".hidden", "x");
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "sys.%03d", i);
		drop(name, "x");
	}
	OK(spool_list(spool, "ACME", SPOOL_INCOMING, 5, &list, &err));
	ck_assert_uint_eq(list.count, 5);
	ck_assert_uint_eq(list.waiting, 200);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "sys.%03d", i);
		ck_assert_str_eq(list.names[i].name, name);
	}
	spool_list_done(&list);
	OK(spool_list(spool, "ACME", SPOOL_INCOMING, 1000, &list, &err));
	ck_assert_uint_eq(list.count, 200);
	for (size_t i = 1; i < list.count; i++)
		ck_assert(list.names[i - 1].since <= list.names[i].since);
	spool_list_done(&list);
	OK(spool_count(spool, "ACME", SPOOL_INCOMING, &count, &err));
	ck_assert_uint_eq(count, 200);
}
END_TEST

START_TEST(a_claim_has_an_identity_that_stays)
{
	struct spool_delivery delivery, again;
	struct spool_list list;

	drop("sshd.day.log", "x");
	delivery = claim("sshd.day.log");
	ck_assert_int_eq(delivery.kind, SPOOL_LOG);
	ck_assert_str_eq(delivery.name, "sshd.day.log");
	ck_assert_str_eq(delivery.system, "sshd");
	ck_assert_int_eq(delivery.refusal, SPOOL_NOT_REFUSED);
	ck_assert_int_gt(delivery.received, 1700000000 * MICROSECONDS);
	ck_assert_uint_eq(strlen(delivery.id), 37);
	ck_assert_int_ne(access(in(SPOOL_INCOMING, "sshd.day.log"), F_OK), 0);
	OK(spool_list(spool, "ACME", SPOOL_CLAIMED, 10, &list, &err));
	ck_assert_uint_eq(list.count, 1);
	ck_assert(spool_resume(list.names[0].name, &again));
	ck_assert_str_eq(again.id, delivery.id);
	ck_assert_str_eq(again.name, delivery.name);
	ck_assert_int_eq(again.received, delivery.received);
	spool_list_done(&list);
	ck_assert_int_eq(spool_claim(spool, "ACME", "sshd.day.log", &again, &err), 0);
	ck_assert(!spool_resume("sshd.day.log", &again));
	ck_assert(!spool_resume("00000000000000000001-0123456789abcdeg.x", &again));
	ck_assert(!spool_resume("00000000000000000001-0123456789abcdef.", &again));
	ck_assert(spool_resume("00000000000000002001-0123456789abcdef.a.b", &again));
	ck_assert_int_eq(again.received, 2);
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *name;
		enum ipc_refusal refusal;
		const char *shown;
	} cases[] = {
		{ "gate-1_x.2026+01=@", SPOOL_NOT_REFUSED, "gate-1_x.2026+01=@" },
		{ "nodot", SPOOL_NOT_REFUSED, "nodot" },
		{ "-rf", SPOOL_NOT_REFUSED, "-rf" },
		{ "s.$(x)", IPC_REFUSED_NAME, "s.$(x)" },
		{ "a b.log", IPC_REFUSED_NAME, "a b.log" },
		{ "s.a\\b", IPC_REFUSED_NAME, "s.a\\\\b" },
		{ "s.a\nb", IPC_REFUSED_NAME, "s.a\\nb" },
		{ "s.\x1b[2J", IPC_REFUSED_NAME, "s.\\x1B[2J" },
		{ "s.\xff", IPC_REFUSED_NAME, "s.\\xFF" },
		{ "s.\xe2\x80\xae", IPC_REFUSED_NAME, "s.\\u{202E}" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		drop(cases[i].name, "x");
		struct spool_delivery delivery = claim(cases[i].name);
		ck_assert_str_eq(delivery.name, cases[i].shown);
		ck_assert_int_eq(delivery.refusal, cases[i].refusal);
		ck_assert_int_eq(open_claimed(&delivery, 100), cases[i].refusal);
		/* No dot: no system, which the enrolment will not know. */
		if (!strchr(cases[i].name, '.'))
			ck_assert_str_eq(delivery.system, "");
	}
}
END_TEST

START_TEST(names_say_what_a_delivery_is)
{
	static const struct {
		const char *name;
		enum spool_kind kind;
	} cases[] = {
		{ "V-2026-000001.reply", SPOOL_REPLY },
		{ "V-2026-1234567.reply", SPOOL_REPLY },
		{ "V-2026-000001.attachment.scan.pdf", SPOOL_ATTACHMENT },
		{ "V-2026-000001.reply.gz", SPOOL_REPLY },
		{ "V-2026-000001.replygz", SPOOL_LOG },
		{ "V-2026-000001.attachment", SPOOL_LOG },
		{ "V-2026-00001.reply", SPOOL_LOG },
		{ "V-2026x000001.reply", SPOOL_LOG },
		{ "V-20260-00001.reply", SPOOL_LOG },
		{ "V-2026-00000a.reply", SPOOL_LOG },
		{ "sshd.reply", SPOOL_LOG },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		drop(cases[i].name, "{}");
		struct spool_delivery delivery = claim(cases[i].name);
		ck_assert_int_eq(delivery.kind, cases[i].kind);
		ck_assert_int_eq(delivery.refusal, strstr(cases[i].name, ".reply.") ?
							   IPC_REFUSED_REPLY_NAME :
							   SPOOL_NOT_REFUSED);
		if (cases[i].kind != SPOOL_LOG)
			ck_assert_int_eq(strncmp(delivery.system, cases[i].name,
						 strlen(delivery.system)), 0);
	}
}
END_TEST

START_TEST(long_names)
{
	static const size_t lengths[] = { 200, 201, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
		char name[256];
		memset(name, 'a', sizeof(name));
		name[1] = '.';
		name[lengths[i]] = '\0';
		drop(name, "x");
		struct spool_delivery delivery = claim(name);
		ck_assert_uint_ge(strlen(delivery.name), 190);
		ck_assert_uint_le(strlen(delivery.name), 200);
		ck_assert_int_eq(delivery.refusal,
				 lengths[i] > 200 ? IPC_REFUSED_NAME : SPOOL_NOT_REFUSED);
		OK(spool_receipt_write(spool, "ACME", delivery.name, TEXT("{}"), &err));
		OK(spool_rejects_write(spool, "ACME", delivery.name, TEXT("{}"), &err));
		OK(spool_delivery_refuse(spool, "ACME", &delivery, &err));
	}
}
END_TEST

START_TEST(what_is_no_file_is_refused_and_never_blocks)
{
	struct spool_delivery delivery;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	ck_assert_int_eq(symlink("/etc/passwd", in(SPOOL_INCOMING, "s.link")), 0);
	ck_assert_int_eq(mkfifo(in(SPOOL_INCOMING, "s.fifo"), 0666), 0);
	ck_assert_int_eq(mkdir(in(SPOOL_INCOMING, "s.directory"), 0777), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", in(SPOOL_INCOMING, "s.socket"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	static const char *const dropped[] = { "s.link", "s.fifo", "s.directory", "s.socket" };
	for (size_t i = 0; i < ARRAY_LENGTH(dropped); i++) {
		delivery = claim(dropped[i]);
		ck_assert_int_eq(open_claimed(&delivery, 100), IPC_REFUSED_NOT_A_FILE);
		OK(spool_delivery_refuse(spool, "ACME", &delivery, &err));
		OK(spool_delivery_refuse(spool, "ACME", &delivery, &err)); /* again */
		struct stat status;
		ck_assert_int_eq(lstat(in(SPOOL_REFUSED, delivery.file), &status), 0);
	}
}
END_TEST

START_TEST(files_that_are_refused)
{
	struct spool_delivery delivery;

	drop("s.linked", "x");
	ck_assert_int_eq(link(in(SPOOL_INCOMING, "s.linked"), in(SPOOL_INCOMING, ".other")), 0);
	delivery = claim("s.linked");
	ck_assert_int_eq(open_claimed(&delivery, 100), IPC_REFUSED_LINKED);
	drop("s.large", "12345");
	delivery = claim("s.large");
	ck_assert_int_eq(open_claimed(&delivery, 4), IPC_REFUSED_TOO_LARGE);
	ck_assert_int_eq(open_claimed(&delivery, 5), SPOOL_NOT_REFUSED);
	drop("s.sparse", "");
	ck_assert_int_eq(truncate(in(SPOOL_INCOMING, "s.sparse"), (off_t)1 << 40), 0);
	delivery = claim("s.sparse");
	ck_assert_int_eq(open_claimed(&delivery, (uint64_t)1 << 36), IPC_REFUSED_TOO_LARGE);
	drop("s.shut", "x");
	ck_assert_int_eq(chmod(in(SPOOL_INCOMING, "s.shut"), 0), 0);
	delivery = claim("s.shut");
	ck_assert_int_eq(open_claimed(&delivery, 100),
			 geteuid() == 0 ? SPOOL_NOT_REFUSED : IPC_REFUSED_UNREADABLE);
}
END_TEST

static struct spool_snapshot *snapshot_of(const struct spool_delivery *delivery, uint64_t most)
{
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;
	int fd = -1;

	OK(spool_delivery_open(spool, "ACME", delivery, UINT64_MAX, &fd, &refusal, &err));
	ck_assert_int_ge(fd, 0);
	struct spool_snapshot *snapshot = spool_snapshot_new(spool, fd, most, &err);
	ck_assert_msg(snapshot != NULL, "%s", err.text);
	return snapshot;
}

static void keep(struct spool_snapshot *snapshot, char ret_text[CRYPTO_SHA256_TEXT])
{
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;
	uint8_t sha256[CRYPTO_SHA256];
	int more;

	while ((more = spool_snapshot_copy(snapshot, &refusal, &err)) > 0)
		;
	OK(more);
	ck_assert_int_eq(refusal, SPOOL_NOT_REFUSED);
	while ((more = spool_snapshot_hash(snapshot, &err)) > 0)
		;
	OK(more);
	OK(spool_snapshot_keep(snapshot, sha256, &err));
	crypto_sha256_text(sha256, ret_text);
	spool_snapshot_free(snapshot);
}

START_TEST(evidence_is_what_was_delivered)
{
	char text[CRYPTO_SHA256_TEXT], path[400], content[4];
	struct stat status;

	/* Twice: the second time it is there already. */
	for (int i = 0; i < 2; i++) {
		drop("s.abc", "abc");
		struct spool_delivery delivery = claim("s.abc");
		keep(snapshot_of(&delivery, 3), text);
		ck_assert_str_eq(text, "ba7816bf8f01cfea414140de5dae2223"
				       "b00361a396177a9cb410ff61f20015ad");
		OK(spool_delivery_remove(spool, "ACME", &delivery, &err));
		OK(spool_delivery_remove(spool, "ACME", &delivery, &err)); /* again */
	}
	snprintf(path, sizeof(path), "%s/evidence/ba/%s", base, text);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_size, 3);
	ck_assert_uint_eq(status.st_mode & 0777, 0440);
	ck_assert_uint_eq(status.st_nlink, 1);
	int fd = open(path, O_RDONLY);
	ck_assert_int_eq(read(fd, content, 4), 3);
	ck_assert_mem_eq(content, "abc", 3);
	close(fd);
	/* Damaged evidence is never taken for the delivery. */
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(truncate(path, 2), 0);
	drop("s.abc", "abc");
	struct spool_delivery delivery = claim("s.abc");
	struct spool_snapshot *snapshot = snapshot_of(&delivery, 3);
	enum ipc_refusal refusal;
	uint8_t sha256[CRYPTO_SHA256];
	ck_assert_int_eq(spool_snapshot_copy(snapshot, &refusal, &err), 0);
	ck_assert_int_eq(spool_snapshot_hash(snapshot, &err), 0);
	ck_assert_int_lt(spool_snapshot_keep(snapshot, sha256, &err), 0);
	spool_snapshot_free(snapshot);
}
END_TEST

START_TEST(a_large_log_in_slices)
{
	size_t size = ((size_t)9 << 20) + 77;
	char *bytes = malloc(size);
	uint8_t want[CRYPTO_SHA256];
	char want_text[CRYPTO_SHA256_TEXT], text[CRYPTO_SHA256_TEXT];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	OK(crypto_sha256_of((struct text){ bytes, size }, want, &err));
	write_bytes(in(SPOOL_INCOMING, "s.large"), bytes, size);
	struct spool_delivery delivery = claim("s.large");
	keep(snapshot_of(&delivery, size), text);
	ck_assert_str_eq(text, crypto_sha256_text(want, want_text));
	free(bytes);
}
END_TEST

START_TEST(an_empty_log)
{
	char text[CRYPTO_SHA256_TEXT];

	drop("s.empty", "");
	struct spool_delivery delivery = claim("s.empty");
	keep(snapshot_of(&delivery, 3), text);
	ck_assert_str_eq(text, "e3b0c44298fc1c149afbf4c8996fb924"
			       "27ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(a_file_that_grows_is_refused)
{
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;

	drop("s.grows", "12345");
	/* Somebody has it open for writing: it cannot be taken over. */
	int writer = open(in(SPOOL_INCOMING, "s.grows"), O_WRONLY | O_APPEND);
	ck_assert_int_ge(writer, 0);
	struct spool_delivery delivery = claim("s.grows");
	struct spool_snapshot *snapshot = snapshot_of(&delivery, 5);
	OK(file_write_fully(writer, "6", 1));
	OK(spool_snapshot_copy(snapshot, &refusal, &err));
	ck_assert_int_eq(refusal, IPC_REFUSED_TOO_LARGE);
	spool_snapshot_free(snapshot);
	snapshot = snapshot_of(&delivery, 100);
	OK(file_write_fully(writer, "7", 1));
	OK(spool_snapshot_copy(snapshot, &refusal, &err));
	ck_assert_int_eq(refusal, IPC_REFUSED_CHANGED);
	spool_snapshot_free(snapshot);
	close(writer);
}
END_TEST

/* The delivered file becomes the evidence; a writer's open file never does. */
START_TEST(a_finished_file_is_taken_over)
{
	char text[CRYPTO_SHA256_TEXT], path[400];
	struct stat claimed, kept;

	for (int open_elsewhere = 0; open_elsewhere < 2; open_elsewhere++) {
		const char *content = open_elsewhere ? "abcd" : "abc";
		drop("s.log", content);
		struct spool_delivery delivery = claim("s.log");
		int writer = open_elsewhere ? open(in(SPOOL_CLAIMED, delivery.file), O_WRONLY) : -1;
		keep(snapshot_of(&delivery, 10), text);
		snprintf(path, sizeof(path), "%s/evidence/%.2s/%s", base, text, text);
		ck_assert_int_eq(stat(path, &kept), 0);
		ck_assert_int_eq(stat(in(SPOOL_CLAIMED, delivery.file), &claimed), 0);
		ck_assert_int_eq(kept.st_ino == claimed.st_ino, !open_elsewhere);
		ck_assert_uint_eq(kept.st_mode & 0222, 0);
		if (writer >= 0) {
			ck_assert_int_eq(pwrite(writer, "x", 1, 0), 1);
			close(writer);
		}
		/* As after a crash: the second name does not make it a stranger's. */
		keep(snapshot_of(&delivery, 10), text);
		ck_assert_int_eq(open_elsewhere, strncmp(text, "ba7816bf", 8) != 0);
		OK(spool_delivery_remove(spool, "ACME", &delivery, &err));
	}
}
END_TEST

/* What is refused is the contractor's to change; the evidence stays as it is. */
START_TEST(refused_files_are_not_the_evidence)
{
	char text[CRYPTO_SHA256_TEXT], path[400];
	struct stat refused, kept;

	drop("s.log", "abc");
	struct spool_delivery delivery = claim("s.log");
	keep(snapshot_of(&delivery, 10), text);
	OK(spool_delivery_refuse(spool, "ACME", &delivery, &err));
	OK(spool_delivery_refuse(spool, "ACME", &delivery, &err)); /* again */
	snprintf(path, sizeof(path), "%s/evidence/%.2s/%s", base, text, text);
	ck_assert_int_eq(stat(path, &kept), 0);
	ck_assert_int_eq(stat(in(SPOOL_REFUSED, delivery.file), &refused), 0);
	ck_assert_uint_ne(kept.st_ino, refused.st_ino);
	ck_assert_int_eq(refused.st_size, 3);
}
END_TEST

START_TEST(the_reader_gets_a_descriptor_that_cannot_write)
{
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;
	char bytes[8];

	drop("s.log", "12345");
	struct spool_delivery delivery = claim("s.log");
	struct spool_snapshot *snapshot = snapshot_of(&delivery, 100);
	OK(spool_snapshot_copy(snapshot, &refusal, &err));
	int fd = spool_snapshot_open(snapshot, &err);
	OK(fd);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	ck_assert_int_eq(read(fd, bytes, 8), 5);
	close(fd);
	spool_snapshot_free(snapshot);
}
END_TEST

START_TEST(encodings)
{
	static const struct {
		const char *name, *bytes;
		size_t length;
		enum spool_encoding encoding;
	} cases[] = {
		{ "s.log", "\x1f\x8b\x08\x00", 4, SPOOL_GZIP },
		{ "s.log", "\x28\xb5\x2f\xfd", 4, SPOOL_ZSTD },
		{ "s.zst", "\x1f\x8b\x08\x00", 4, SPOOL_GZIP },
		{ "s.log", "plain", 5, SPOOL_PLAIN },
		{ "s.log", "", 0, SPOOL_PLAIN },
		{ "s.gz", "plain", 5, SPOOL_GZIP },
		{ "s.zst", "", 0, SPOOL_ZSTD },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		enum spool_encoding encoding;
		write_bytes(in(SPOOL_CLAIMED, "x"), cases[i].bytes, cases[i].length);
		int fd = open(in(SPOOL_CLAIMED, "x"), O_RDONLY);
		OK(spool_encoding_of(fd, cases[i].name, &encoding, &err));
		ck_assert_int_eq(encoding, cases[i].encoding);
		close(fd);
	}
}
END_TEST

START_TEST(answers)
{
	struct stat status;

	OK(spool_receipt_write(spool, "ACME", "s.log", TEXT("{\"a\":1}\n"), &err));
	OK(spool_receipt_write(spool, "ACME", "s.log", TEXT("{}\n"), &err));
	ck_assert_int_eq(stat(in(SPOOL_RECEIPTS, "s.log.receipt"), &status), 0);
	ck_assert_int_eq(status.st_size, 3);
	ck_assert_uint_eq(status.st_mode & 0777, 0644);
	ck_assert_int_lt(spool_receipt_write(spool, "ACME", "s.log", TEXT_NONE, &err), 0);
	OK(spool_rejects_write(spool, "ACME", "s.log", TEXT("{}\n"), &err));
	ck_assert_int_eq(stat(in(SPOOL_RECEIPTS, "s.log.rejects"), &status), 0);
	OK(spool_rejects_write(spool, "ACME", "s.log", TEXT_NONE, &err));
	ck_assert_int_ne(stat(in(SPOOL_RECEIPTS, "s.log.rejects"), &status), 0);
	OK(spool_rejects_write(spool, "ACME", "s.log", TEXT_NONE, &err));
}
END_TEST

START_TEST(places_are_not_reached_through_links)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/spool/EVIL", base);
	ck_assert_int_eq(symlink("ACME", path), 0);
	ck_assert(!spool_contractor_exists(spool, "EVIL"));
	ck_assert_int_lt(spool_contractor_create(spool, "EVIL", &err), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spool");
	TCase *cases = tcase_create("spool");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, codes);
	tcase_add_test(cases, places_have_their_modes);
	tcase_add_test(cases, list_is_oldest_first_and_bounded);
	tcase_add_test(cases, a_claim_has_an_identity_that_stays);
	tcase_add_test(cases, names);
	tcase_add_test(cases, names_say_what_a_delivery_is);
	tcase_add_test(cases, long_names);
	tcase_add_test(cases, what_is_no_file_is_refused_and_never_blocks);
	tcase_add_test(cases, files_that_are_refused);
	tcase_add_test(cases, evidence_is_what_was_delivered);
	tcase_add_test(cases, a_large_log_in_slices);
	tcase_add_test(cases, an_empty_log);
	tcase_add_test(cases, a_file_that_grows_is_refused);
	tcase_add_test(cases, a_finished_file_is_taken_over);
	tcase_add_test(cases, refused_files_are_not_the_evidence);
	tcase_add_test(cases, the_reader_gets_a_descriptor_that_cannot_write);
	tcase_add_test(cases, encodings);
	tcase_add_test(cases, answers);
	tcase_add_test(cases, places_are_not_reached_through_links);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
