/* reader: decompression that refuses what is broken, and repeats that are never missed. */
#include "reader/reader.h"

#include <check.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static const struct content_limits wide = { 1u << 30, 1000 };
static char large[300000];

static int file_of(const void *bytes, size_t length)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_eq(file_write_fully(fd, bytes, length), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static size_t gzip_of(const void *bytes, size_t length, unsigned char *ret, size_t room)
{
	z_stream z = { .next_in = (void *)(uintptr_t)bytes,
		       .avail_in = (uInt)length,
		       .next_out = ret,
		       .avail_out = (uInt)room };

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* Read all in steps of step bytes: length, or -1 with fail filled. */
static ssize_t read_all(int fd, enum ipc_encoding encoding, const struct content_limits *limits,
			char *ret, size_t room, size_t step, struct ipc_fail *fail)
{
	struct content *content = content_open(fd, encoding, limits, NULL);
	size_t have = 0;
	ssize_t got = 0;

	while (have + step <= room && (got = content_read(content, ret + have, step, fail)) > 0)
		have += (size_t)got;
	content_free(content);
	close(fd);
	return got < 0 ? -1 : (ssize_t)have;
}

static void fill(void)
{
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)('a' + (i * 2654435761u >> 13) % 26);
}

START_TEST(compressed_content_is_the_content)
{
	static unsigned char packed[400000];
	static char back[sizeof(large) * 2 + 70000];
	struct ipc_fail fail;

	fill();
	for (int encoding = IPC_GZIP; encoding <= IPC_ZSTD; encoding++) {
		/* Two members, one after the other, are one log. */
		size_t length = 0;
		for (int part = 0; part < 2; part++)
			length += encoding == IPC_GZIP
				? gzip_of(large, sizeof(large) / 2, packed + length, sizeof(packed) - length)
				: ZSTD_compress(packed + length, sizeof(packed) - length, large,
						sizeof(large) / 2, 3);
		for (size_t step = 65536; step > 1; step /= 37) {
			ssize_t got = read_all(file_of(packed, length), (enum ipc_encoding)encoding,
					       &wide, back, sizeof(back), step, &fail);
			ck_assert_int_eq(got, sizeof(large));
			ck_assert(memcmp(back, large, sizeof(large) / 2) == 0);
			ck_assert(memcmp(back + sizeof(large) / 2, large, sizeof(large) / 2) == 0);
		}
	}
}
END_TEST

START_TEST(broken_streams_are_refused_with_their_code)
{
	static unsigned char packed[400000];
	static char back[sizeof(large) + 70000];
	struct ipc_fail fail;

	fill();
	for (int encoding = IPC_GZIP; encoding <= IPC_ZSTD; encoding++) {
		const char *code = encoding == IPC_GZIP ? "corrupt-gzip" : "corrupt-zstd";
		size_t length = encoding == IPC_GZIP
			? gzip_of(large, sizeof(large), packed, sizeof(packed))
			: ZSTD_compress(packed, sizeof(packed), large, sizeof(large), 3);
		size_t lengths[] = { 0, 1, length / 2, length - 1 };
		for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
			ck_assert_int_eq(read_all(file_of(packed, lengths[i]),
						  (enum ipc_encoding)encoding, &wide, back,
						  sizeof(back), 65536, &fail), -1);
			ck_assert_str_eq(fail.code, code);
		}
		memcpy(packed + length, "junk", 4);
		ck_assert_int_eq(read_all(file_of(packed, length + 4), (enum ipc_encoding)encoding,
					  &wide, back, sizeof(back), 65536, &fail), -1);
		ck_assert_str_eq(fail.code, code);
		packed[length / 2] ^= 0x55;
		packed[length / 2 + 1] ^= 0x55;
		if (encoding == IPC_GZIP) {
			ck_assert_int_eq(read_all(file_of(packed, length), IPC_GZIP, &wide, back,
						  sizeof(back), 65536, &fail), -1);
			ck_assert_str_eq(fail.code, code);
		}
	}
}
END_TEST

START_TEST(bombs_are_refused)
{
	static char zeros[64 * 1024];
	static char back[sizeof(zeros)];
	struct content_limits small = { 1000, 1000 }, ratio = { UINT64_MAX, 20 };
	struct ipc_fail fail;
	int fd = memfd_create("bomb", MFD_CLOEXEC);
	unsigned char packed[4096];

	ck_assert_int_eq(read_all(file_of(large, 1001), IPC_PLAIN, &small, back, sizeof(back),
				  4096, &fail), -1);
	ck_assert_str_eq(fail.code, "expands-too-far");

	size_t length = gzip_of(zeros, sizeof(zeros), packed, sizeof(packed));
	for (int i = 0; i < 3000; i++)
		ck_assert_int_eq(file_write_fully(fd, packed, length), 0);
	lseek(fd, 0, SEEK_SET);
	struct content *content = content_open(fd, IPC_GZIP, &ratio, NULL);
	ssize_t got;
	uint64_t have = 0;
	while ((got = content_read(content, back, sizeof(back), &fail)) > 0)
		have += (uint64_t)got;
	content_free(content);
	close(fd);
	ck_assert_int_eq(got, -1);
	ck_assert_str_eq(fail.code, "expands-too-far");
	ck_assert_uint_lt(have, 70u << 20);
}
END_TEST

static uint64_t state;
static uint64_t random_next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Whatever the order: no repetition may be called new. */
START_TEST(repetitions_are_never_missed)
{
	struct repeats *repeats = repeats_new();

	state = (uint64_t)_i * 77 + 1;
	for (int round = 0; round < 20; round++) {
		static struct { int64_t time; uint64_t identity; } seen[60000];
		size_t count = 0;
		/* Every fourth round in order, with many events at one moment. */
		uint64_t disorder = round % 4 ? 1 + random_next() % 50000 : 1;
		int64_t crowd = 1 + (int64_t)(random_next() % 200);
		repeats_reset(repeats);
		for (int i = 0; i < 60000; i++) {
			bool again = count && random_next() % 10 == 0 && (round % 4 || i % 97 == 0);
			size_t which = again ? random_next() % count : 0;
			if (again && round % 8 == 0)
				which = count - 1 - which % (count < 50 ? count : 50);
			int64_t time = again ? seen[which].time
					     : i / crowd + (int64_t)(random_next() % disorder);
			uint64_t identity = again ? seen[which].identity : random_next();
			bool maybe = repeats_note(repeats, time, identity);
			if (again)
				ck_assert(maybe);
			else {
				seen[count].time = time;
				seen[count++].identity = identity;
			}
		}
	}
	repeats_free(repeats);
}
END_TEST

/* In order, or nearly so, nothing new is called a repetition. */
START_TEST(an_ordered_log_costs_nothing)
{
	struct repeats *repeats = repeats_new();

	state = 42;
	for (int64_t i = 0; i < 500000; i++) {
		int64_t late = i < 100000 ? 0 : (int64_t)(random_next() % 2000);
		ck_assert(!repeats_note(repeats, i / 3 + late, random_next()));
	}
	repeats_free(repeats);
}
END_TEST

/* Whatever was seen before: the same value, the same identity; told at least once. */
START_TEST(names_have_one_identity_and_are_told)
{
	static const struct hash_key key = { 7, 9 };
	static char values[30000][80];
	static uint64_t ids[30000];
	static bool told[30000];
	struct names *names = names_new(&key);

	state = 4711;
	for (int batch = 0; batch < 2; batch++) {
		names_reset(names);
		memset(told, 0, sizeof(told));
		for (int i = 0; i < 200000; i++) {
			size_t which = random_next() % (i % 2 ? 30000 : 100);
			/* Lengths 0 to 79; many share their first and last bytes. */
			int length = snprintf(values[which], sizeof(values[which]), "%zu/%0*zu",
					      which % 7, (int)(which % 60), which);
			struct text value = { values[which], which ? (size_t)length : 0 };
			uint64_t id = names_id(names, value);
			bool new = names_tell(names, id);
			ck_assert(id != 0 && id == hash_text(&key, value));
			ck_assert(new || told[which]);
			ck_assert(ids[which] == 0 || ids[which] == id);
			ids[which] = id;
			told[which] = true;
		}
	}
	names_free(names);
}
END_TEST

/* Replies ------------------------------------------------------------------------ */

static struct ipc_channel *channel(int fd, enum ipc_process self, enum ipc_process peer)
{
	struct ipc_channel *made;

	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	made = ipc_channel_new(fd, self, peer, 1 << 20, NULL);
	ck_assert_ptr_nonnull(made);
	return made;
}

/* What the writer asks of a reply; false: it is a refusal, with words that can be kept. */
static bool reply_is_told(struct ipc_channel *writer)
{
	struct ipc_frame frame;
	struct err err = { 0 };

	ck_assert_int_eq(ipc_receive(writer, &frame, &err), 1);
	ck_assert_int_eq(frame.message, IPC_DATA_BEGIN);
	ck_assert_int_eq(ipc_receive(writer, &frame, &err), 1);
	if (frame.message == IPC_DATA_FAIL) {
		const struct ipc_fail *fail = ipc_payload(&frame, sizeof(*fail));
		ck_assert_ptr_nonnull(fail);
		struct text reason = ipc_member(fail->reason);
		ck_assert(reason.length && text_utf8_valid(reason) == reason.length);
		return false;
	}
	ck_assert_int_eq(frame.message, IPC_DATA_REPLY);
	const struct ipc_reply *head = ipc_payload(&frame, sizeof(*head));
	ck_assert_ptr_nonnull(head);
	struct text rest = text_skip(frame.payload, sizeof(*head));
	struct text words = text_head(rest, head->text_length);
	ck_assert(ipc_member(head->answer).length && ipc_member(head->violation).bytes);
	ck_assert_uint_eq(rest.length, head->text_length + head->attachment_count * 32u);
	ck_assert_uint_eq(text_utf8_valid(words), words.length);
	ck_assert(!words.length || !memchr(words.bytes, '\0', words.length));
	ck_assert_int_eq(ipc_receive(writer, &frame, &err), 1);
	ck_assert_int_eq(frame.message, IPC_DATA_END);
	return true;
}

static size_t reply_mutate(char *bytes, size_t length, size_t room)
{
	static const char *const pieces[] = { "\"", "{", "[", "]", "}", ",", ":", "null", "1e999",
					      "\\u0000", "\\ud800", "\xc3", "\xf0\x9f",
					      "\"text\":\"x\",", "\"answer\":\"FIXED\",",
					      "\"\\u009b\":[[{}]],", "\"violation\":\"\"," };
	for (unsigned times = 1 + random_next() % 4; times > 0; times--) {
		size_t at = random_next() % (length + 1);
		const char *piece = pieces[random_next() % ARRAY_LENGTH(pieces)];
		size_t size = strlen(piece), gone = random_next() % 9;
		switch (random_next() % 3) {
		case 0:
			if (at < length)
				bytes[at] = (char)random_next();
			break;
		case 1:
			gone = gone < length - at ? gone : length - at;
			memmove(bytes + at, bytes + at + gone, length - at - gone);
			length -= gone;
			break;
		default:
			if (length + size > room)
				break;
			memmove(bytes + at + size, bytes + at, length - at);
			memcpy(bytes + at, piece, size);
			length += size;
		}
	}
	return length;
}

START_TEST(replies_are_whole_or_refused)
{
	static const char sound[] =
		"{\"violation\":\"V-2026-000001\",\"answer\":\"DISPUTE-FACT\","
		"\"text\":\"not us: \\u00e9\\n\",\"attachments\":["
		"\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\","
		"\"9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08\"]}";
	const struct ipc_reader_batch order = { .batch = 7, .format = IPC_FORMAT_REPLY };
	const char *given = getenv("TEST_REPLIES");
	long most = given ? strtol(given, NULL, 10) : 20000;
	int data[2], control[2], taken = 0, refused = 0;
	char bytes[sizeof(sound) + 400];
	struct ipc_frame frame;
	struct err err = { 0 };

	state = 5;
	ck_assert(ipc_pair(data, NULL) == 0 && ipc_pair(control, NULL) == 0);
	struct ipc_channel *writer = channel(data[1], IPC_WRITER, IPC_READER);
	struct ipc_channel *daemon = channel(control[1], IPC_DAEMON, IPC_READER);
	struct reader reader = { .daemon = channel(control[0], IPC_READER, IPC_DAEMON),
				 .writer = channel(data[0], IPC_READER, IPC_WRITER),
				 .setup = { .ratio_limit = 100 } };
	for (long i = 0; i < most; i++) {
		size_t length = sizeof(sound) - 1;
		memcpy(bytes, sound, length);
		if (i > 0)
			length = reply_mutate(bytes, length, sizeof(bytes));
		int fd = file_of(bytes, length);
		ck_assert_int_eq(reader_reply(&reader, &order, fd, &err), 0);
		close(fd);
		bool told = reply_is_told(writer);
		ck_assert(told || i > 0);
		taken += told;
		refused += !told;
		ck_assert_int_eq(ipc_receive(daemon, &frame, &err), 1);
		ck_assert_int_eq(frame.message, IPC_READER_IDLE);
	}
	ck_assert_msg(taken > most / 100 && refused > most / 4, "%d taken, %d refused", taken, refused);
	decode_json_free(reader.reply);
	event_names_free(reader.reply_fields);
	ipc_channel_free(reader.daemon);
	ipc_channel_free(reader.writer);
	ipc_channel_free(writer);
	ipc_channel_free(daemon);
}
END_TEST

START_TEST(reasons_are_cut_between_characters)
{
	struct ipc_fail fail;

	for (int before = 0; before < 4; before++) {
		char long_word[400];
		for (size_t i = 0; i + 3 < sizeof(long_word); i += 3)
			memcpy(long_word + i, "\xe2\x82\xac", 4);
		ipc_fail_fill(&fail, IPC_REFUSED_REPLY, "%.*s%s", before, "abc", long_word);
		struct text reason = ipc_member(fail.reason);
		ck_assert_uint_gt(reason.length, sizeof(fail.reason) - 5);
		ck_assert_uint_eq(text_utf8_valid(reason), reason.length);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reader");
	TCase *test = tcase_create("reader");

	tcase_set_timeout(test, 120);
	tcase_add_test(test, compressed_content_is_the_content);
	tcase_add_test(test, broken_streams_are_refused_with_their_code);
	tcase_add_test(test, bombs_are_refused);
	tcase_add_loop_test(test, repetitions_are_never_missed, 0, 4);
	tcase_add_test(test, an_ordered_log_costs_nothing);
	tcase_add_test(test, names_have_one_identity_and_are_told);
	tcase_add_test(test, replies_are_whole_or_refused);
	tcase_add_test(test, reasons_are_cut_between_characters);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
