/*
 * What matching costs: nanoseconds an event for sets of rules made here, and
 * for a directory of rules where one is named: bench-sigma [DIRECTORY]
 */
#include "decode/decode.h"
#include "muster/rule_files.h"
#include "sigma/sigma.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 100000u

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Record of twelve members, as contractors deliver them. */
static const char quiet[] =
	"{\"id\":\"r-00012345\",\"time\":\"2026-03-01T12:00:00Z\",\"action\":\"read\","
	"\"outcome\":\"success\",\"actor\":\"jdoe\",\"object\":\"/projects/falcon/wing/"
	"spar-014.pdf\","
	"\"host\":\"ws-0417\",\"address\":\"10.20.30.40\",\"session\":\"s-99812\","
	"\"bytes\":48211,"
	"\"marking\":\"CUI\",\"protocol\":\"smb\"}";
static const char process[] =
	"{\"EventID\":1,\"Image\":\"C:\\\\Windows\\\\System32\\\\svchost.exe\","
	"\"CommandLine\":\"C:\\\\Windows\\\\System32\\\\svchost.exe -k netsvcs -p -s "
	"Schedule\","
	"\"ParentImage\":\"C:\\\\Windows\\\\System32\\\\services.exe\",\"User\":\"NT "
	"AUTHORITY\\\\SYSTEM\","
	"\"ParentCommandLine\":\"C:\\\\Windows\\\\system32\\\\services.exe\","
	"\"ProcessId\":1432,"
	"\"IntegrityLevel\":\"System\",\"OriginalFileName\":\"svchost.exe\",\"Company\":"
	"\"Microsoft Corporation\","
	"\"Description\":\"Host Process for Windows "
	"Services\",\"CurrentDirectory\":\"C:\\\\Windows\\\\system32\\\\\"}";

/* Events in the manner of these, whose objects and actors have many numbers. */
static const struct event samples[] = {
	{.action = EVENT_READ,
	 .level = EVENT_LEVEL_CUI,
	 .actor = TEXT("jdoe"),
	 .object = TEXT("/projects/falcon/wing/spar-%u.pdf"),
	 .host = TEXT("ws-0417"),
	 .address = TEXT("10.20.30.40")},
	{.action = EVENT_WRITE,
	 .level = EVENT_LEVEL_SECRET,
	 .actor = TEXT("m.oakhanger%u"),
	 .object = TEXT("/store/frame-x/models/area-%u/final-report.dwg"),
	 .host = TEXT("fs02"),
	 .address = TEXT("192.0.2.48")},
	{.action = EVENT_COPY,
	 .level = EVENT_LEVEL_CUI,
	 .actor = TEXT("g.thornewill%u"),
	 .object = TEXT("/srv/greyling/trials/report-%u.dat"),
	 .host = TEXT("fs03"),
	 .address = TEXT("10.20.2.57")},
	{.action = EVENT_SHARE,
	 .level = EVENT_LEVEL_UNCLASSIFIED,
	 .actor = TEXT("e.hathersey%u"),
	 .object = TEXT("/srv/greyling/models/thermal-%u.step"),
	 .host = TEXT("fs02"),
	 .address = TEXT("2001:db8::17")},
};
#define EVENTS 1024
static struct event events[EVENTS];

static struct text numbered(struct text t, unsigned number, struct buffer *texts)
{
	size_t from = texts->length, at = text_find(t, TEXT("%u"));
	buffer_add_text(texts, text_head(t, at));
	if (at < t.length)
		buffer_add_format(texts, "%u", number);
	buffer_add_text(texts, text_skip(t, at + 2));
	return (struct text){texts->data + from, texts->length - from};
}

static bool events_make(struct event_part *part, struct buffer *texts)
{
	uint32_t random = 1;
	if (!buffer_reserve(texts, EVENTS * 128))
		return false;
	for (unsigned i = 0; i < EVENTS; i++) {
		random = random * 1664525u + 1013904223u;
		events[i] = samples[i % ARRAY_LENGTH(samples)];
		events[i].object =
			numbered(events[i].object, (random >> 12) % 10000, texts);
		events[i].actor = numbered(events[i].actor, (random >> 24) % 30, texts);
		events[i].time = 1772366400000000LL;
		events[i].outcome = EVENT_SUCCESS;
		events[i].bytes = 48211;
		events[i].parts = part;
		events[i].part_count = 1;
	}
	return true;
}

/*
 * Rules of one manner in many numbers: "%a" stands for an action, "%u" for
 * the rule's number, "%b" for its low byte.
 */
struct manner {
	const char *name;
	const char *const *bodies;
	size_t count;
};

/* Of a handling standard. */
static const char *const made[] = {
	"muster.action: send\n    muster.level|gte: 2\n    encrypted: false\n    "
	"destination: 'd-%u'\n",
	"muster.action: logon\n    muster.outcome: success\n    factors: 1\n    "
	"remote: true\n    place: 'p-%u'\n",
	"muster.object|startswith: '/var/log/audit/%u'\n    muster.action: "
	"[delete, move, write]\n",
	"command|contains: ['install pkg%u', 'clear log%u']\n    muster.action: "
	"configure\n",
	"protocol: ['telnet-%u', ftp, rsh, rlogin, tftp]\n    muster.action: "
	"logon\n",
	"muster.object|endswith: '.key%u'\n    muster.outcome: success\n",
	"muster.object|contains: '/secret-%u/'\n    muster.actor|re: "
	"'^svc-[a-z]+$'\n",
	"muster.address|cidr: 192.168.0.0/16\n    network: 'guest-%u'\n",
	"audience: public\n    muster.level|gte: 2\n    reason: 'r%u'\n",
	"medium_registered: false\n    muster.action: mount\n    medium: "
	"'m-%u'\n",
};
/* As tests/bench/run fills up a standard. */
static const char *const mixed[] = {
	"muster.object|startswith: /vault/area%u/\n    muster.action: %a\n",
	"muster.object|contains: ['secret-%u', 'plan-%u-final']\n    muster.action: %a\n",
	"muster.actor: ['agent%u', 'contractor-%u']\n    muster.action: %a\n",
	"muster.address|cidr: 192.0.%b.0/24\n    muster.action: %a\n",
	"muster.object|re: '^/store/[a-z]+-%u/.*\\.(dwg|step)$'\n    muster.action: %a\n",
};
/* Values that begin and end alike, one manner at a time. */
static const char *const beginnings[] = {
	"muster.object|startswith: /store/frame-x/models/area-%u/\n    muster.action: "
	"%a\n"};
static const char *const endings[] = {
	"muster.object|endswith: '-%u/final-report.dwg'\n    muster.action: %a\n"};
static const char *const networks[] = {
	"muster.address|cidr: 10.%b.0.0/16\n    muster.action: %a\n",
	"muster.address|cidr: 192.0.%b.0/24\n    muster.action: %a\n"};
static const char *const numbers[] = {"muster.bytes|gt: 1%u000\n    muster.action: %a\n"};
static const char *const expressions[] = {
	"muster.object|re: '^/store/[a-z]+-%u/.*\\.(dwg|step)$'\n    muster.action: "
	"%a\n"};
/* Nothing in them that few have. */
static const char *const bare[] = {
	"muster.object|re: '^/[a-z]+/[a-z]+/[a-z]+/[a-z]+-%u?[0-9]\\.(dwg|step)$'\n    "
	"muster.action: %a\n"};

#define MANNER(name)                                                                     \
	{                                                                                \
#name, name, ARRAY_LENGTH(name)                                          \
	}
static const struct manner manners[] = {
	MANNER(made),	  MANNER(mixed),   MANNER(beginnings),	MANNER(endings),
	MANNER(networks), MANNER(numbers), MANNER(expressions), MANNER(bare),
};

static void rule_write(const struct manner *manner, unsigned number, struct buffer *out)
{
	static const char *const actions[] = {"read", "write", "copy",	"delete",
					      "send", "print", "share", "execute"};
	buffer_add_format(
		out,
		"title: rule %u\nid: %u\nlogsource:\n  product: muster\ndetection:\n"
		"  selection:\n    ",
		number, number);
	const char *body = manner->bodies[number % manner->count];
	for (; *body; body++) {
		if (*body != '%') {
			buffer_add_byte(out, *body);
			continue;
		}
		body++;
		if (*body == 'a')
			buffer_add_string(out, actions[number % ARRAY_LENGTH(actions)]);
		else
			buffer_add_format(out, "%u",
					  *body == 'b' ? number % 256 : number);
	}
	buffer_add_string(out, "  filter:\n    muster.host|endswith: .bench.example\n  "
			       "condition: selection and not filter\nlevel: high\n---\n");
}

static void refused(void *context, const struct sigma_notice *notice)
{
	if (notice->severity == SIGMA_REFUSED)
		++*(unsigned *)context;
}

static void run(const char *what, struct sigma_set *set, struct event_names *names,
		const char *record, const char *record_name, double loaded)
{
	struct err err;
	struct decode_reject reject;
	struct event_part part;
	double start = now();
	if (sigma_set_compile(set, false, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return;
	}
	double compiled = now() - start;
	struct decode_json *json = decode_json_new(names, &err);
	if (!json || decode_json_object(json, text_of(record), &part, &reject, &err) != 1)
		return;
	CLEAN(buffer) struct buffer texts;
	buffer_init(&texts, 1u << 24);
	if (!events_make(&part, &texts))
		return;
	const uint32_t *rules;
	size_t hits = 0;
	double best = 1e18;
	for (unsigned pass = 0; pass < 5; pass++) {
		hits = 0;
		start = now();
		for (unsigned i = 0; i < ROUNDS / 5; i++)
			hits += sigma_set_match(set, &events[i % EVENTS], &rules);
		double each = (now() - start) / (ROUNDS / 5);
		best = each < best ? each : best;
	}
	printf("%-11s %-8s %6zu rules  %9.1f ns/event  %.2f hits/event  load %.0f ms  "
	       "compile %.0f ms\n",
	       what, record_name, sigma_set_count(set), best, (double)hits / (ROUNDS / 5),
	       loaded / 1e6, compiled / 1e6);
	decode_json_free(json);
}

static void run_manner(const struct manner *manner, unsigned count)
{
	struct event_names *names = event_names_new();
	struct sigma_set *set = sigma_set_new(names);
	struct buffer yaml;
	struct err err;
	unsigned bad = 0;
	buffer_init(&yaml, 64u << 20);
	for (unsigned i = 0; i < count; i++)
		rule_write(manner, i, &yaml);
	double start = now();
	if (sigma_set_add(set, "made", buffer_text(&yaml), refused, &bad, &err) != 0 ||
	    bad)
		fprintf(stderr, "%u rules refused\n", bad);
	run(manner->name, set, names, quiet, "quiet", now() - start);
	buffer_done(&yaml);
	sigma_set_free(set);
	event_names_free(names);
}

static void run_directory(const char *path, const char *record, const char *name)
{
	struct event_names *names = event_names_new();
	struct sigma_set *set = sigma_set_new(names);
	struct err err;
	unsigned bad = 0;
	double start = now();
	if (rule_files_add(set, path, refused, &bad, &err) < 0)
		fprintf(stderr, "%s\n", err.text);
	run("directory", set, names, record, name, now() - start);
	sigma_set_free(set);
	event_names_free(names);
}

int main(int argc, char **argv)
{
	static const unsigned counts[] = {1, 25, 100, 1000};
	for (size_t i = 0; i < ARRAY_LENGTH(manners); i++)
		for (size_t k = 0; k < ARRAY_LENGTH(counts); k++)
			run_manner(&manners[i], counts[k]);
	if (argc > 1) {
		run_directory(argv[1], quiet, "quiet");
		run_directory(argv[1], process, "process");
	}
	return 0;
}
