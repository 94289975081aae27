/*
 * daemon: the whole of musterd, with a reader and a writer that are played by
 * this program itself. The writer keeps its books in a file, so that what was
 * committed can be counted; logs say by their content what befalls their
 * reader.
 */
#include "daemon/daemon.h"
#include "ipc/ipc.h"
#include "spool/spool.h"
#include "standard/standard.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The players ------------------------------------------------------------------------ */

#define PLAYED_READERS 64
#define PLAYED_BATCHES 64

static void must(bool good)
{
	if (!good)
		_exit(99);
}

/* Reads a log; "die" and "die once PATH" are heeded. */
static int play_reader(void)
{
	struct ipc_channel *control = ipc_channel_new(3, IPC_READER, IPC_DAEMON, 0, NULL);
	struct ipc_channel *data = NULL;
	struct ipc_frame frame;
	struct ipc_end end = { 0 };
	bool has_list = false, has_standard = false;

	while (ipc_receive(control, &frame, NULL) > 0) {
		if (frame.message == IPC_READER_SETUP) {
			data = ipc_channel_new(frame.descriptor, IPC_READER, IPC_WRITER, 0, NULL);
		} else if (frame.message == IPC_READER_LIST) {
			/* What the rules of a standard name comes before it. */
			must(!has_standard);
			has_list = text_equal(frame.payload, TEXT("old\0telnet\0rsh\0"));
		} else if (frame.message == IPC_READER_STANDARD) {
			must(has_list);
			has_standard = true;
		} else if (frame.message == IPC_READER_JAIL) {
			must(has_standard);
			must(ipc_send(control, IPC_READER_READY, TEXT_NONE, TEXT_NONE, -1, NULL) == 0);
		} else if (frame.message == IPC_READER_BATCH) {
			const struct ipc_reader_batch *batch = ipc_payload(&frame, sizeof(*batch));
			struct ipc_reference reference = { batch->batch };
			struct text head = { (const char *)&reference, sizeof(reference) };
			char content[400] = "";
			must(strcmp(batch->format, "ndjson") == 0 && batch->zone_length == 4);
			must(read(frame.descriptor, content, sizeof(content) - 1) >= 0);
			must(write(frame.descriptor, "x", 1) < 0);
			close(frame.descriptor);
			if (strcmp(content, "die") == 0)
				abort();
			if (strncmp(content, "die once ", 9) == 0 &&
			    open(content + 9, O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0)
				abort();
			must(ipc_send(data, IPC_DATA_BEGIN, head, TEXT_NONE, -1, NULL) == 0);
			must(ipc_send(data, IPC_DATA_END,
				      (struct text){ (const char *)&end, sizeof(end) }, TEXT_NONE,
				      -1, NULL) == 0);
			must(ipc_send(control, IPC_READER_IDLE, head, TEXT_NONE, -1, NULL) == 0);
		}
	}
	return 0;
}

struct played_batch {
	struct ipc_writer_batch batch;
	bool used, ended, evidenced;
};
static struct {
	struct ipc_channel *control, *data[PLAYED_READERS];
	uint64_t reading[PLAYED_READERS];
	size_t readers;
	struct played_batch batches[PLAYED_BATCHES];
	char books[300];
} played;

static struct played_batch *played_find(uint64_t batch)
{
	for (size_t i = 0; i < PLAYED_BATCHES; i++)
		if (played.batches[i].used && played.batches[i].batch.batch == batch)
			return &played.batches[i];
	return NULL;
}

/* The line that is in the books for a delivery, or NULL. */
static const char *in_books(const char *delivery)
{
	static char line[700];
	FILE *books = fopen(played.books, "re");
	const char *found = NULL;

	while (books && !found && fgets(line, sizeof(line), books))
		if (strncmp(line, delivery, strlen(delivery)) == 0)
			found = line;
	if (books)
		fclose(books);
	return found;
}

/* Commit a delivery, once. */
static const char *play_books(const struct ipc_writer_batch *batch, const char *outcome,
			      const char *reason)
{
	char line[900];

	if (in_books(batch->delivery))
		return in_books(batch->delivery);
	int fd = open(played.books, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int length = snprintf(line, sizeof(line), "%s %s %s %s\n", batch->delivery, outcome, reason,
			      batch->name);
	must(fd >= 0 && write(fd, line, (size_t)length) == length);
	close(fd);
	return in_books(batch->delivery);
}

static void play_receipt(const struct ipc_writer_batch *batch, const char *outcome,
			 const char *reason)
{
	char receipt[900];
	const char *known = play_books(batch, outcome, reason);

	bool refused = strstr(known, " refused ") != NULL;
	int length = snprintf(receipt, sizeof(receipt),
			      "{\"batch\":\"%s\",\"outcome\":\"%s\",\"records\":3,\"reason\":\"%s\"}\n",
			      batch->delivery, refused ? "refused" : "accepted", reason);
	struct ipc_reference reference = { batch->batch };
	struct ipc_receipt head = { batch->batch, refused ? IPC_REFUSED : IPC_ACCEPTED,
				    (uint32_t)length };
	if (strstr(batch->name, "rejects"))
		must(ipc_send(played.control, IPC_WRITER_REJECTS,
			      (struct text){ (const char *)&reference, sizeof(reference) },
			      TEXT("{\"line\":1}\n"), -1, NULL) == 0);
	must(ipc_send(played.control, IPC_WRITER_RECEIPT,
		      (struct text){ (const char *)&head, sizeof(head) },
		      (struct text){ receipt, (size_t)length }, -1, NULL) == 0);
}

static void play_commit(struct played_batch *one)
{
	char marker[400];

	if (!one->ended || !one->evidenced)
		return;
	if (strstr(one->batch.name, "writer-always")) {
		/* A sanitizer would make an orderly end of it. */
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	snprintf(marker, sizeof(marker), "%s.died", played.books);
	if (strstr(one->batch.name, "writer-before") &&
	    open(marker, O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0)
		_exit(7);
	if (strstr(one->batch.name, "writer-after") &&
	    open(marker, O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0) {
		play_books(&one->batch, "accepted", "-");
		_exit(7);
	}
	play_receipt(&one->batch, "accepted", "-");
	one->used = false;
}

static void play_system(int32_t contractor, int32_t system, bool is_unsigned, const char *code,
			const char *name)
{
	struct ipc_system row = { .contractor_id = contractor,
				  .system_id = system,
				  .is_unsigned = is_unsigned,
				  .zone_length = 4,
				  .format = "ndjson" };

	snprintf(row.contractor, sizeof(row.contractor), "%s", code);
	snprintf(row.system_name, sizeof(row.system_name), "%s", name);
	must(ipc_send(played.control, IPC_WRITER_SYSTEM,
		      (struct text){ (const char *)&row, sizeof(row) }, TEXT("zone"), -1, NULL) == 0);
}

static void play_enrolment(void)
{
	static bool again;

	play_system(1, 1, true, "ACME", "files");
	play_system(2, 1, true, "BETA", "files");
	play_system(3, 1, false, "SIGN", "files");
	if (again)
		play_system(1, 2, true, "ACME", "late");
	again = true;
	must(ipc_send(played.control, IPC_WRITER_ENROLLED, TEXT_NONE, TEXT_NONE, -1, NULL) == 0);
}

static void play_standard(void)
{
	static const char content[] =
		"name = \"t\"; title = \"T\"; version = \"1\"; citation = \"T \"; maximum = 5; floor = 0;\n"
		"conditional: { score = 1; days = 1; }; indicated: { dates = 1; days = 1; at_once = \"high\"; };\n"
		"lists: ( { name = \"old\"; values = [ \"telnet\", \"rsh\" ]; } );\n"
		"families: ( { code = \"A\"; title = \"A\"; requirements: (\n"
		"  { id = \"1\"; title = \"One\"; kind = \"basic\"; weight = 5; observable = \"none\"; plan = \"yes\"; }\n"
		") } );\n";
	CLEAN(buffer) struct buffer bundle;

	buffer_init(&bundle, 1 << 16);
	must(standard_bundle_add(&bundle, TEXT("standard.cfg"), TEXT(content), NULL) == 0);
	must(ipc_send(played.control, IPC_WRITER_STANDARD, buffer_text(&bundle), TEXT_NONE, -1,
		      NULL) == 0);
}

static void play_order(const struct ipc_frame *frame)
{
	struct ipc_instance instance = { { 1, 2 } };
	const struct ipc_writer_setup *setup = ipc_payload(frame, sizeof(*setup));
	const struct ipc_reader_number *number = ipc_payload(frame, sizeof(*number));
	const struct ipc_writer_batch *batch = ipc_payload(frame, sizeof(*batch));
	const struct ipc_evidence *evidence = ipc_payload(frame, sizeof(*evidence));
	const struct ipc_reference *reference = ipc_payload(frame, sizeof(*reference));
	const struct ipc_office *office = ipc_payload(frame, sizeof(*office));
	struct played_batch *one = NULL;

	switch ((int)frame->message) {
	case IPC_WRITER_SETUP:
		snprintf(played.books, sizeof(played.books), "%.*s", (int)setup->connection_length,
			 (const char *)(setup + 1));
		must(ipc_send(played.control, IPC_WRITER_INSTANCE,
			      (struct text){ (const char *)&instance, sizeof(instance) }, TEXT_NONE,
			      -1, NULL) == 0);
		play_standard();
		play_enrolment();
		return;
	case IPC_WRITER_OFFICE:
		must(office && office->outbox_hold == 600);
		return;
	case IPC_WRITER_READER:
		must(number->reader < PLAYED_READERS);
		played.data[number->reader] =
			ipc_channel_new(frame->descriptor, IPC_WRITER, IPC_READER, 0, NULL);
		return;
	case IPC_WRITER_BATCH:
		for (size_t i = 0; i < PLAYED_BATCHES && !one; i++)
			if (!played.batches[i].used)
				one = &played.batches[i];
		must(one && batch->system_id == (strncmp(batch->name, "late", 4) == 0 ? 2 : 1));
		*one = (struct played_batch){ .batch = *batch, .used = true };
		return;
	case IPC_WRITER_EVIDENCE:
		one = played_find(evidence->batch);
		must(one != NULL);
		one->evidenced = true;
		play_commit(one);
		return;
	case IPC_WRITER_ABANDON:
		one = played_find(reference->batch);
		if (one)
			one->used = false;
		must(ipc_send(played.control, IPC_WRITER_ABANDONED,
			      (struct text){ (const char *)reference, sizeof(*reference) }, TEXT_NONE,
			      -1, NULL) == 0);
		return;
	case IPC_WRITER_REFUSE:
		play_receipt(batch, "refused", ((const struct ipc_fail *)(batch + 1))->code);
		return;
	case IPC_WRITER_FEEDS:
		must(ipc_send(played.control, IPC_WRITER_FEEDS_DONE, TEXT_NONE, TEXT_NONE, -1,
			      NULL) == 0);
		return;
	case IPC_WRITER_REFRESH:
		play_enrolment();
		return;
	default:
		must(false);
	}
}

static void play_data(uint32_t reader)
{
	struct ipc_frame frame;

	if (ipc_receive(played.data[reader], &frame, NULL) < 0) {
		ipc_channel_free(played.data[reader]);
		played.data[reader] = NULL;
		return;
	}
	struct played_batch *one;
	if (frame.message == IPC_DATA_BEGIN) {
		const struct ipc_reference *reference = ipc_payload(&frame, sizeof(*reference));
		played.reading[reader] = reference->batch;
	} else if ((one = played_find(played.reading[reader]))) {
		one->ended = true;
		play_commit(one);
	}
}

static int play_writer(void)
{
	struct ipc_frame frame;

	played.control = ipc_channel_new(3, IPC_WRITER, IPC_DAEMON, 0, NULL);
	for (;;) {
		struct pollfd fds[PLAYED_READERS + 1] = { { .fd = 3, .events = POLLIN } };
		bool ready = ipc_channel_ready(played.control);
		for (uint32_t i = 0; i < PLAYED_READERS; i++) {
			fds[i + 1].fd = played.data[i] ? ipc_channel_fd(played.data[i]) : -1;
			fds[i + 1].events = POLLIN;
			ready |= played.data[i] && ipc_channel_ready(played.data[i]);
		}
		must(poll(fds, PLAYED_READERS + 1, ready ? 0 : -1) >= 0);
		if (fds[0].revents || ipc_channel_ready(played.control)) {
			if (ipc_receive(played.control, &frame, NULL) <= 0)
				return 0;
			play_order(&frame);
			continue; /* what is about a batch comes before its data */
		}
		for (uint32_t i = 0; i < PLAYED_READERS; i++)
			if (played.data[i] &&
			    (fds[i + 1].revents || ipc_channel_ready(played.data[i])))
				play_data(i);
	}
}

/* The stage ---------------------------------------------------------------------------- */

static char base[100], libexec[120], configuration[120], books[120];
static struct spool *spool;
static struct err err;

#define OK(call) ck_assert_msg((call) >= 0, "%s", err.text)

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

static void write_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write_fully(fd, content, strlen(content)), 0);
	close(fd);
}

static void set_up(void)
{
	char path[200], self[300], text[600];

	snprintf(base, sizeof(base), "/tmp/test-daemon.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(libexec, sizeof(libexec), "%s/libexec", base);
	snprintf(books, sizeof(books), "%s/books", base);
	snprintf(configuration, sizeof(configuration), "%s/muster.conf", base);
	ck_assert_int_eq(mkdir(libexec, 0755), 0);
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	ck_assert_int_gt(length, 0);
	self[length] = '\0';
	snprintf(path, sizeof(path), "%s/muster-reader", libexec);
	ck_assert_int_eq(symlink(self, path), 0);
	snprintf(path, sizeof(path), "%s/muster-writer", libexec);
	ck_assert_int_eq(symlink(self, path), 0);
	snprintf(text, sizeof(text), "database: { conninfo = \"%s\"; };\ndaemon: { scan_interval = 1; };\n",
		 books);
	write_file(configuration, text);
	OK(spool_open(base, &spool, &err));
	OK(spool_contractor_create(spool, "ACME", &err));
	OK(spool_contractor_create(spool, "BETA", &err));
	OK(spool_contractor_create(spool, "SIGN", &err));
	OK(spool_contractor_create(spool, "STRANGER", &err));
}

static void tear_down(void)
{
	spool_free(spool);
	nftw(base, remove_one, 20, FTW_DEPTH | FTW_PHYS);
}

static const char *place(const char *code, enum spool_place where, const char *name)
{
	static char path[4][600];
	static unsigned turn;
	char *p = path[turn++ % 4], directory[300];

	ck_assert(spool_path(spool, code, where, directory, sizeof(directory)));
	snprintf(p, 600, "%s/%s", directory, name);
	return p;
}

static void drop(const char *code, const char *name, const char *content)
{
	char hidden[100];

	snprintf(hidden, sizeof(hidden), ".%s", name);
	write_file(place(code, SPOOL_INCOMING, hidden), content);
	ck_assert_int_eq(rename(place(code, SPOOL_INCOMING, hidden),
				place(code, SPOOL_INCOMING, name)),
			 0);
}

static int drain(unsigned readers)
{
	struct daemon_options options = {
		.config = configuration, .libexec = libexec, .once = true, .readers = readers
	};

	return daemon_run(&options, &err);
}

static pid_t start(bool once)
{
	struct daemon_options options = {
		.config = configuration, .libexec = libexec, .once = once, .readers = 2
	};
	pid_t pid = fork();

	if (pid == 0)
		_exit(daemon_run(&options, &err) < 0 ? err_exit_status(err.code) : 0);
	return pid;
}

static uint64_t count(const char *code, enum spool_place where)
{
	uint64_t n = 0;

	OK(spool_count(spool, code, where, &n, &err));
	return n;
}

static bool receipt_has(const char *code, const char *name, const char *what)
{
	CLEAN(buffer) struct buffer text;
	char file[300];

	buffer_init(&text, 1 << 20);
	snprintf(file, sizeof(file), "%s.receipt", name);
	if (file_read_all(place(code, SPOOL_RECEIPTS, file), 10000, &text, &err) < 0)
		return false;
	return strstr(text.data, what) != NULL;
}

/* How many lines of the books have this text. */
static int in_all_books(const char *what)
{
	char line[700];
	int n = 0;
	FILE *file = fopen(books, "re");

	while (file && fgets(line, sizeof(line), file))
		n += strstr(line, what) != NULL;
	if (file)
		fclose(file);
	return n;
}

static bool await_receipt(const char *code, const char *name)
{
	for (int i = 0; i < 1500; i++) {
		if (receipt_has(code, name, "outcome"))
			return true;
		usleep(20000);
	}
	return false;
}

/* The pieces ---------------------------------------------------------------------------- */

START_TEST(an_empty_spool_is_drained)
{
	OK(drain(1));
	OK(drain(3));
}
END_TEST

START_TEST(every_log_gets_its_receipt)
{
	char name[60], same[80];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "files.%d%s", i, i % 7 ? "" : ".rejects");
		drop(i % 4 ? "ACME" : "BETA", name, "content");
	}
	OK(drain(3));
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "files.%d%s", i, i % 7 ? "" : ".rejects");
		ck_assert_msg(receipt_has(i % 4 ? "ACME" : "BETA", name, "\"accepted\""), "%s", name);
		snprintf(same, sizeof(same), " accepted - %s\n", name);
		ck_assert_int_eq(in_all_books(same), 1);
		snprintf(same, sizeof(same), "%s.rejects", name);
		ck_assert((access(place(i % 4 ? "ACME" : "BETA", SPOOL_RECEIPTS, same), F_OK) == 0) ==
			  (i % 7 == 0));
	}
	ck_assert_uint_eq(count("ACME", SPOOL_INCOMING) + count("ACME", SPOOL_CLAIMED) +
				  count("BETA", SPOOL_INCOMING) + count("BETA", SPOOL_CLAIMED),
			  0);
}
END_TEST

START_TEST(what_is_refused_is_kept_and_said)
{
	drop("ACME", "nobody.log", "content");
	drop("ACME", "nodot", "content");
	drop("ACME", "a b", "content");
	drop("ACME", "late.log", "content");
	ck_assert_int_eq(mkfifo(place("ACME", SPOOL_INCOMING, "files.fifo"), 0666), 0);
	ck_assert_int_eq(symlink("/etc/passwd", place("ACME", SPOOL_INCOMING, "files.link")), 0);
	drop("ACME", "files.good", "content");
	OK(drain(2));
	ck_assert(receipt_has("ACME", "nobody.log", "unknown-system"));
	ck_assert(receipt_has("ACME", "nodot", "unknown-system"));
	ck_assert(receipt_has("ACME", "a b", "bad-name"));
	ck_assert(receipt_has("ACME", "files.fifo", "not-a-file"));
	ck_assert(receipt_has("ACME", "files.link", "not-a-file"));
	ck_assert(receipt_has("ACME", "files.good", "accepted"));
	ck_assert_uint_eq(count("ACME", SPOOL_CLAIMED) + count("ACME", SPOOL_INCOMING), 0);
	/* "late" is in the enrolment only when that is asked for again. */
	ck_assert(receipt_has("ACME", "late.log", "accepted"));
}
END_TEST

START_TEST(a_reader_that_dies_is_replaced)
{
	char content[200];

	snprintf(content, sizeof(content), "die once %s/reader-died", base);
	drop("ACME", "files.once", content);
	drop("ACME", "files.always", "die");
	drop("ACME", "files.good", "content");
	OK(drain(1));
	ck_assert(receipt_has("ACME", "files.once", "\"accepted\""));
	ck_assert(receipt_has("ACME", "files.good", "\"accepted\""));
	ck_assert(receipt_has("ACME", "files.always", "killed-reader"));
	ck_assert_uint_eq(count("ACME", SPOOL_REFUSED), 1);
	ck_assert_int_eq(in_all_books("files.once"), 1);
	ck_assert_int_eq(in_all_books("files.always"), 1);
}
END_TEST

START_TEST(a_writer_that_dies_is_replaced)
{
	static const char *const names[] = { "files.writer-before", "files.writer-after" };

	drop("ACME", names[_i], "content");
	drop("ACME", "files.1", "content");
	drop("BETA", "files.2", "content");
	OK(drain(2));
	ck_assert(receipt_has("ACME", names[_i], "\"accepted\""));
	ck_assert(receipt_has("ACME", "files.1", "\"accepted\""));
	ck_assert(receipt_has("BETA", "files.2", "\"accepted\""));
	ck_assert_int_eq(in_all_books(names[_i]), 1);
	ck_assert_int_eq(in_all_books("files."), 3);
}
END_TEST

START_TEST(what_always_ends_the_writer_is_refused)
{
	drop("ACME", "files.writer-always", "content");
	drop("ACME", "files.good", "content");
	OK(drain(1));
	ck_assert(receipt_has("ACME", "files.writer-always", "internal"));
	ck_assert(receipt_has("ACME", "files.good", "\"accepted\""));
	ck_assert_uint_eq(count("ACME", SPOOL_REFUSED), 1);
}
END_TEST

START_TEST(claimed_files_keep_their_identity)
{
	static const char file[] = "01700000000000000001-0123456789abcdef.files.old";

	write_file(place("ACME", SPOOL_CLAIMED, file), "content");
	write_file(place("ACME", SPOOL_CLAIMED, "stray"), "content");
	OK(drain(1));
	ck_assert(receipt_has("ACME", "files.old", "01700000000000000001-0123456789abcdef"));
	ck_assert_uint_eq(count("ACME", SPOOL_CLAIMED), 1);
}
END_TEST

START_TEST(logs_of_who_signs_wait)
{
	drop("SIGN", "files.log", "content");
	drop("STRANGER", "files.log", "content");
	OK(drain(1));
	ck_assert_uint_eq(count("SIGN", SPOOL_INCOMING), 1);
	ck_assert_uint_eq(count("STRANGER", SPOOL_INCOMING), 1);
	ck_assert_int_eq(in_all_books("files"), 0);
}
END_TEST

START_TEST(one_at_a_time_and_signals)
{
	int status;
	pid_t pid = start(false);
	char number[32];

	drop("ACME", "files.first", "content");
	ck_assert(await_receipt("ACME", "files.first"));
	ck_assert_int_eq(drain(1), -ERR_REFUSED);
	snprintf(number, sizeof(number), "process %d,", (int)pid);
	ck_assert_msg(strstr(err.text, number) != NULL, "%s", err.text);
	kill(pid, SIGHUP);
	drop("ACME", "files.second", "content");
	ck_assert(await_receipt("ACME", "files.second"));
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* A lock that a killed process has left does not stand in the way. */
	pid = start(false);
	drop("ACME", "files.third", "content");
	ck_assert(await_receipt("ACME", "files.third"));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	OK(drain(1));
}
END_TEST

START_TEST(killed_at_any_moment_nothing_is_lost_or_doubled)
{
	char name[60];
	int status;

	for (int i = 0; i < 250; i++) {
		snprintf(name, sizeof(name), "files.x%dx", i);
		drop(i % 3 ? "ACME" : "BETA", name, "content");
	}
	for (int i = 0; i < 25; i++) {
		pid_t pid = start(true);
		usleep((useconds_t)(1000 + i * 1700));
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	OK(drain(2));
	for (int i = 0; i < 250; i++) {
		snprintf(name, sizeof(name), "files.x%dx", i);
		ck_assert_msg(receipt_has(i % 3 ? "ACME" : "BETA", name, "\"accepted\""), "%s", name);
		ck_assert_msg(in_all_books(name) == 1, "%s is %d times in the books", name,
			      in_all_books(name));
	}
	ck_assert_uint_eq(count("ACME", SPOOL_CLAIMED) + count("ACME", SPOOL_INCOMING), 0);
}
END_TEST

int main(int argc, char **argv)
{
	const char *self = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (self && strcmp(self, "/muster-reader") == 0)
		return play_reader();
	if (self && strcmp(self, "/muster-writer") == 0)
		return play_writer();
	if (!getenv("MUSTER_TEST_LOG"))
		must(freopen("/dev/null", "w", stderr) != NULL);
	Suite *suite = suite_create("daemon");
	TCase *cases = tcase_create("daemon");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 120);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, an_empty_spool_is_drained);
	tcase_add_test(cases, every_log_gets_its_receipt);
	tcase_add_test(cases, what_is_refused_is_kept_and_said);
	tcase_add_test(cases, a_reader_that_dies_is_replaced);
	tcase_add_loop_test(cases, a_writer_that_dies_is_replaced, 0, 2);
	tcase_add_test(cases, what_always_ends_the_writer_is_refused);
	tcase_add_test(cases, claimed_files_keep_their_identity);
	tcase_add_test(cases, logs_of_who_signs_wait);
	tcase_add_test(cases, one_at_a_time_and_signals);
	tcase_add_test(cases, killed_at_any_moment_nothing_is_lost_or_doubled);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
