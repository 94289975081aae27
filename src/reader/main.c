#include "config.h"

#include "reader/reader.h"

#include "jail/jail.h"
#include "standard/standard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTROL 3                  /* the descriptor musterd leaves us */

static void notice(void *context UNUSED, const struct sigma_notice *notice)
{
	if (notice->severity == SIGMA_REFUSED)
		log_warning("%s:%u: rule refused: %s", notice->file, notice->line, notice->reason);
}

/* It takes the place of another standard's of the same name. */
static int add_list(struct reader *reader, struct text list, struct err *err)
{
	struct text name = text_split(&list, '\0');
	size_t count = 0, room = 1;
	int r;

	for (size_t i = 0; i < list.length; i++)
		room += list.bytes[i] == '\0';
	struct text *values = calloc(room, sizeof(*values));
	if (!values)
		return err_set(err, ERR_MEMORY, "no memory for a list");
	while (list.length > 0)
		values[count++] = text_split(&list, '\0');
	r = sigma_set_placeholder(reader->rules, name, values, count, err);
	free(values);
	return r;
}

/* Its files are known as DIGEST/NAME, so that a rule tells its version. */
static int add_standard(struct reader *reader, struct text bundle, struct err *err)
{
	uint8_t sha256[CRYPTO_SHA256];
	char digest[CRYPTO_SHA256_TEXT];
	struct standard_file file;
	size_t at = 0;
	int more = crypto_sha256_of(bundle, sha256, err);

	if (more < 0)
		return more;
	crypto_sha256_text(sha256, digest);
	while ((more = standard_bundle_next(bundle, &at, &file, err)) > 0) {
		char name[sizeof(digest) + STANDARD_NAME_LIMIT + 1];
		if (!standard_file_is_rules(&file))
			continue;
		snprintf(name, sizeof(name), "%s/%.*s", digest, TEXT_PRINT(file.name));
		if (sigma_set_add(reader->rules, name, file.content, notice, NULL, err) < 0)
			return -1;
	}
	return more;
}

/* DIGEST/KEY of the rules, in the order of their numbers. */
static int tell_rules(struct reader *reader, struct err *err)
{
	CLEAN(buffer) struct buffer keys;

	buffer_init(&keys, IPC_LARGEST);
	for (size_t i = 0; i < sigma_set_count(reader->rules); i++) {
		const struct sigma_rule *rule = sigma_set_rule(reader->rules, i);
		const char *key = rule->name && *rule->name ? rule->name : rule->id;
		buffer_add(&keys, rule->file, CRYPTO_SHA256_TEXT);
		buffer_add(&keys, key, strlen(key) + 1);
	}
	if (keys.failed)
		return err_set(err, ERR_LIMIT, "too many rules");
	return ipc_send(reader->writer, IPC_DATA_RULES, buffer_text(&keys), TEXT_NONE, -1, err);
}

static int set_up(struct reader *reader, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reader_setup *setup = ipc_payload(frame, sizeof(*setup));

	if (!setup || reader->writer)
		return err_set(err, ERR_PROTOCOL, "setup");
	reader->setup = *setup;
	if (jail_prepare(setup->drop_user, err) < 0)
		return -1;
	reader->fields = event_names_new();
	reader->rules = reader->fields ? sigma_set_new(reader->fields) : NULL;
	reader->repeats = repeats_new();
	reader->told = names_new(&setup->name_key);
	reader->sha256 = crypto_sha256_new(err);
	reader->join = reader->fields ? roster_join_new(reader->fields) : NULL;
	if (!reader->rules || !reader->join || !reader->repeats || !reader->told || !reader->sha256)
		return err_set(err, ERR_MEMORY, "setup");
	reader->writer = ipc_channel_new(frame->descriptor, IPC_READER, IPC_WRITER, 0, err);
	return reader->writer ? 0 : -1;
}

static int correlate(struct reader *reader, struct err *err)
{
	reader->correlated = correlated_new(reader->rules, reader->setup.name_key);
	return reader->correlated ? 0 : err_set(err, ERR_MEMORY, "correlations");
}

static int enter_jail(struct reader *reader, struct err *err)
{
	const char *missing = NULL;

	if (!reader->writer)
		return err_set(err, ERR_PROTOCOL, "jail before setup");
	if (sigma_set_compile(reader->rules, true, err) < 0 ||
	    correlate(reader, err) < 0 || jail_enter(JAIL_READER, JAIL_AS_KERNEL_ALLOWS, &missing, err) < 0 ||
	    tell_rules(reader, err) < 0)
		return -1;
	reader->joins = sigma_set_joins(reader->rules);
	if (missing)
		log_warning("the jail lacks a layer: %s", missing);
	return ipc_send(reader->daemon, IPC_READER_READY, TEXT_NONE, TEXT_NONE, -1, err);
}

static int do_batch(struct reader *reader, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reader_batch *batch = ipc_payload(frame, sizeof(*batch));

	if (!batch || batch->zone_length > frame->payload.length - sizeof(*batch) ||
	    batch->encoding > IPC_ZSTD)
		return err_set(err, ERR_PROTOCOL, "batch");
	if (strcmp(batch->format, IPC_FORMAT_REPLY) == 0)
		return reader_reply(reader, batch, frame->descriptor, err);
	struct text zone = { frame->payload.bytes + sizeof(*batch), batch->zone_length };
	return reader_batch(reader, batch, zone, frame->descriptor, err);
}

static int serve(struct reader *reader, struct err *err)
{
	struct ipc_frame frame;
	int result = ipc_receive(reader->daemon, &frame, err);

	if (result < 0)
		return result;
	switch (frame.message) {
	case IPC_READER_SETUP:
		return set_up(reader, &frame, err);
	case IPC_READER_STANDARD:
		if (!reader->writer)
			return err_set(err, ERR_PROTOCOL, "standard before setup");
		return add_standard(reader, frame.payload, err);
	case IPC_READER_LIST:
		if (!reader->writer)
			return err_set(err, ERR_PROTOCOL, "list before setup");
		return add_list(reader, frame.payload, err);
	case IPC_READER_ROSTER:
		if (!reader->writer)
			return err_set(err, ERR_PROTOCOL, "roster before setup");
		return rosters_take(reader, &frame, err);
	case IPC_READER_JAIL:
		return enter_jail(reader, err);
	case IPC_READER_BATCH:
		result = do_batch(reader, &frame, err);
		close(frame.descriptor);
		return result;
	default:
		return err_set(err, ERR_PROTOCOL, "%s", ipc_message_name(frame.message));
	}
}

int main(int argc, char **argv)
{
	struct reader reader = { 0 };
	struct err err = { 0 };

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("muster-reader " PACKAGE_VERSION);
		return 0;
	}
	log_open("muster-reader", getenv("MUSTER_DEBUG") != NULL);
	reader.daemon = ipc_channel_new(CONTROL, IPC_READER, IPC_DAEMON, 0, &err);
	if (!reader.daemon) {
		fputs("muster-reader: started by musterd, not by hand; see muster-reader(8)\n",
		      stderr);
		return 2;
	}
	while (serve(&reader, &err) == 0)
		;
	/* The end of musterd is the end of the work; it needs no word. */
	if (err.code == ERR_SYSTEM && err.number == EPIPE)
		return 0;
	log_error("%s", err.text);
	return err_exit_status(err.code);
}
