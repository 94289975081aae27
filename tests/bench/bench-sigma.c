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

#define ROUNDS 400000u

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

/* Rules in the manner of a handling standard; number varies the values. */
static void rule_write(struct buffer *out, unsigned number)
{
	static const char *const bodies[] = {
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
	buffer_add_format(
		out,
		"title: rule %u\nid: %u\nlogsource:\n  product: muster\ndetection:\n"
		"  selection:\n    ",
		number, number);
	const char *body = bodies[number % ARRAY_LENGTH(bodies)];
	for (; *body; body++) {
		if (body[0] == '%' && body[1] == 'u') {
			buffer_add_format(out, "%u", number);
			body++;
		} else {
			buffer_add_byte(out, *body);
		}
	}
	buffer_add_string(out, "  condition: selection\nlevel: high\n---\n");
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
	struct event event = {.time = 1772366400000000LL,
			      .action = EVENT_READ,
			      .outcome = EVENT_SUCCESS,
			      .level = EVENT_LEVEL_CUI,
			      .actor = TEXT("jdoe"),
			      .object = TEXT("/projects/falcon/wing/spar-014.pdf"),
			      .host = TEXT("ws-0417"),
			      .address = TEXT("10.20.30.40"),
			      .bytes = 48211,
			      .parts = &part,
			      .part_count = 1};
	const uint32_t *rules;
	size_t hits = 0;
	double best = 1e18;
	for (unsigned pass = 0; pass < 5; pass++) {
		start = now();
		for (unsigned i = 0; i < ROUNDS / 5; i++)
			hits = sigma_set_match(set, &event, &rules);
		double each = (now() - start) / (ROUNDS / 5);
		best = each < best ? each : best;
	}
	printf("%-10s %-8s %6zu rules  %9.1f ns/event  %zu hits  load %.0f ms  compile "
	       "%.0f ms\n",
	       what, record_name, sigma_set_count(set), best, hits, loaded / 1e6,
	       compiled / 1e6);
	decode_json_free(json);
}

static void run_made(unsigned count)
{
	struct event_names *names = event_names_new();
	struct sigma_set *set = sigma_set_new(names);
	struct buffer yaml;
	struct err err;
	unsigned bad = 0;
	buffer_init(&yaml, 64u << 20);
	for (unsigned i = 0; i < count; i++)
		rule_write(&yaml, i);
	double start = now();
	if (sigma_set_add(set, "made", buffer_text(&yaml), refused, &bad, &err) != 0 ||
	    bad)
		fprintf(stderr, "%u rules refused\n", bad);
	run("made", set, names, quiet, "quiet", now() - start);
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
	run_made(1);
	run_made(25);
	run_made(1000);
	if (argc > 1) {
		run_directory(argv[1], quiet, "quiet");
		run_directory(argv[1], process, "process");
	}
	return 0;
}
