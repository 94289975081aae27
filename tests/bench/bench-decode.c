/*
 * How much processor time a record takes: bench-decode [RECORDS] for native records made
 * here, bench-decode FORMAT FILE for a log.
 */
#include "decode/decode.h"

#include <time.h>

static const char *const read_by_rules[] = {
	"action", "outcome", "object", "actor", "remote", "factors", "encrypted", "medium",
	"medium_owner", "medium_registered", "destination_approved", "audience", "protocol",
	"security", "place_approved", "command", "maintenance", "medium_encrypted",
};

struct tally {
	uint64_t events, rejects, bytes;
};

static int on_event(void *context, const struct event *event, struct err *err UNUSED)
{
	struct tally *tally = context;

	tally->events++;
	tally->bytes += event->actor.length + event->object.length;
	return 0;
}

static int on_reject(void *context, const struct decode_reject *reject,
		     struct err *err UNUSED)
{
	struct tally *tally = context;

	if (tally->rejects++ == 0)
		fprintf(stderr, "line %llu: %.*s\n", (unsigned long long)reject->line,
			TEXT_PRINT(reject->reason));
	return 0;
}

/* Twelve members, about 290 bytes, no two records alike. */
static int write_record(char *to, size_t room, unsigned i)
{
	static const char *const actions[] = { "read", "write", "list", "copy", "logon" };

	return snprintf(
		to, room,
		"{\"id\":\"doc-%08u-%04x\",\"time\":\"2026-03-%02uT%02u:%02u:%02u.%"
		"03uZ\","
		"\"action\":\"%s\",\"outcome\":\"%s\",\"actor\":\"user%04u@contractor."
		"example\","
		"\"object\":\"/projects/falcon/drawings/assembly-%05u.dwg\","
		"\"host\":\"files%02u.contractor.example\",\"address\":\"10.%u.%u.%u\","
		"\"session\":\"s-%06u\",\"bytes\":%u,\"marking\":\"CUI//SP-CTI\","
		"\"remote\":%s}\n",
		i, i & 0xffff, 1 + i / 86400 % 28, i / 3600 % 24, i / 60 % 60, i % 60,
		i % 1000, actions[i % 5], i % 17 ? "success" : "failure", i % 5000,
		i % 100000, i % 20, i % 250, i / 250 % 250, i % 199, i / 7, i * 13,
		i % 3 ? "true" : "false");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int run(struct decoder *decoder, struct text log, struct err *err)
{
	while (log.length > 0) {
		size_t room;
		char *space = decoder_space(decoder, &room);
		size_t length = log.length < room ? log.length : room;
		memcpy(space, log.bytes, length);
		if (decoder_take(decoder, length, err) < 0)
			return -1;
		log = text_skip(log, length);
	}
	return decoder_finish(decoder, err);
}

static struct text made_log(unsigned count)
{
	size_t room = (size_t)count * 360 + 400, length = 0;
	char *log = malloc(room);

	for (unsigned i = 0; log && i < count; i++)
		length += (size_t)write_record(log + length, room - length, i);
	return (struct text){ log, length };
}

static int measure(const struct decode_format *format, struct text log,
		   const struct event_names *names, struct err *err)
{
	struct tally tally = { 0 };
	struct decoder *decoder = decoder_new(
		format, &(struct decode_options){ .delivered = 1772366400000000 }, names,
		&(struct decode_sink){ &tally, on_event, on_reject }, err);
	double begin = now();

	if (!decoder || run(decoder, log, err) < 0)
		return -1;
	double took = now() - begin, records = (double)decoder_records(decoder);
	printf("%s: %llu events, %llu rejects, %.0f bytes a record, %.0f ns a record, %.0f MB/s\n",
	       format->name, (unsigned long long)tally.events,
	       (unsigned long long)tally.rejects, (double)log.length / records,
	       took / records * 1e9, (double)log.length / took / 1e6);
	decoder_free(decoder);
	return 0;
}

int main(int argc, char **argv)
{
	const struct decode_format *format = decode_format_find(TEXT("ndjson"));
	struct event_names *names = event_names_new();
	struct buffer file;
	struct err err = { 0 };
	struct text log;

	buffer_init(&file, 1u << 30);
	if (argc > 2) {
		format = decode_format_find(text_of(argv[1]));
		if (file_read_all(argv[2], 1u << 30, &file, &err) < 0) {
			fprintf(stderr, "bench-decode: %s\n", err.text);
			return 4;
		}
		log = buffer_text(&file);
	} else {
		log = made_log(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000);
	}
	if (!format || !names || !log.bytes) {
		fprintf(stderr, "usage: bench-decode [RECORDS | FORMAT FILE]\n");
		return 2;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(read_by_rules); i++)
		event_names_intern(names, text_of(read_by_rules[i]));
	int result = measure(format, log, names, &err);
	if (result < 0)
		fprintf(stderr, "bench-decode: %s\n", err.text);
	if (argc <= 2)
		free((char *)(uintptr_t)log.bytes);
	buffer_done(&file);
	event_names_free(names);
	return result < 0 ? 4 : 0;
}
