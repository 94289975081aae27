/*
 * The rules of the shipped standards, each against records that must fire it and
 * near neighbours that must not: tests/rules/NAME.FORMAT, what each of their
 * records must fire in tests/rules/expected, and what the records of a file
 * must fire together in tests/rules/runs.
 */
#include <check.h>

#include "decode/decode.h"
#include "muster/roster_file.h"
#include "muster/rule_correlate.h"
#include "muster/standard_directory.h"
#include "muster/standard_lists.h"
#include "roster/roster.h"
#include "sigma/sigma.h"
#include "standard/standard.h"

static const char *const shipped[] = {SOURCE_DIRECTORY "/etc/standards/nist-800-171r2",
				      SOURCE_DIRECTORY "/etc/standards/nispom"};
#define CASES SOURCE_DIRECTORY "/tests/rules"

static struct err err;
static struct buffer bundles[ARRAY_LENGTH(shipped)];
static struct roster *roster;
static struct roster_join *join;
static struct event_names *names;
static struct sigma_set *rules;

static void notice(void *context UNUSED, const struct sigma_notice *notice)
{
	ck_assert_msg(notice->severity == SIGMA_OK, "%s:%u:%u: %s", notice->file,
		      notice->line, notice->column, notice->reason);
}

static void load_standard(size_t which)
{
	CLEAN(standard) struct standard *standard = NULL;
	struct standard_file file;
	size_t at = 0;
	int r;

	buffer_init(&bundles[which], STANDARD_BUNDLE_LIMIT);
	r = standard_directory_read(shipped[which], &bundles[which], &err);
	ck_assert_msg(r == 0, "%s", err.text);
	r = standard_parse("s", buffer_text(&bundles[which]), &standard, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert_int_eq(standard_lists_add(rules, standard, &err), 0);
	while ((r = standard_bundle_next(buffer_text(&bundles[which]), &at, &file, &err)) > 0) {
		char name[STANDARD_NAME_LIMIT + 1];

		if (!standard_file_is_rules(&file))
			continue;
		snprintf(name, sizeof(name), "%.*s", TEXT_PRINT(file.name));
		ck_assert_int_eq(
			sigma_set_add(rules, name, file.content, notice, NULL, &err), 0);
	}
	ck_assert_int_eq(r, 0);
}

/* One file of each kind. */
static void load_roster(void)
{
	char paths[ROSTER_KIND_COUNT][256];
	const char *list[ROSTER_KIND_COUNT];

	for (int i = 0; i < ROSTER_KIND_COUNT; i++) {
		snprintf(paths[i], sizeof(paths[i]), CASES "/roster/%s.csv",
			 roster_kind_describe((enum roster_kind)i)->name);
		list[i] = paths[i];
	}
	ck_assert_msg(roster_files_load(list, ROSTER_KIND_COUNT, &roster, &err) == 0, "%s",
		      err.text);
	roster_join_use(join, roster);
}

static void load_rules(void)
{
	names = event_names_new();
	rules = sigma_set_new(names);
	join = roster_join_new(names);
	for (size_t i = 0; i < ARRAY_LENGTH(shipped); i++)
		load_standard(i);
	load_roster();
	sigma_set_join(rules, roster_join_value, join);
	ck_assert_int_eq(sigma_set_link(rules, notice, NULL), 0);
	ck_assert_int_eq(sigma_set_compile(rules, true, &err), 0);
}

static void forget_rules(void)
{
	sigma_set_free(rules);
	roster_join_free(join);
	roster_free(roster);
	event_names_free(names);
	for (size_t i = 0; i < ARRAY_LENGTH(shipped); i++)
		buffer_done(&bundles[i]);
}

/* What the rules say of themselves ---------------------------------------------- */

static const struct {
	const char *name;
	enum sigma_level level;
	bool direct;
	const char *requirements;
} catalogue[] = {
	{"ACC-ACCOUNT", SIGMA_MEDIUM, false, "3.1.5 "},
	{"ACC-BRF-ROLE", SIGMA_MEDIUM, false, "3.2.2 "},
	{"ACC-BRF-SCREENING", SIGMA_MEDIUM, true, "3.9.1 "},
	{"ACC-BRF", SIGMA_MEDIUM, false, "3.2.1 3.2.3 "},
	{"ACC-DENIED", SIGMA_LOW, false, "3.1.2 "},
	{"ACC-NTK", SIGMA_HIGH, true, "3.1.1 3.1.2 "},
	{"ACC-PASSWORDS", SIGMA_HIGH, false, "3.5.10 "},
	{"ACC-TRM-BADGE", SIGMA_CRITICAL, true, "3.10.5 "},
	{"ACC-TRM-DEBRIEFED", SIGMA_CRITICAL, true, "3.9.2 "},
	{"ACC-TRM-TRIED", SIGMA_LOW, false, "3.9.2 "},
	{"ACC-TRM", SIGMA_CRITICAL, true, "3.9.2 3.1.1 "},
	{"AUD-CHANGED", SIGMA_HIGH, true, "3.3.9 "},
	{"AUD-CLK-BACK", SIGMA_HIGH, true, "3.3.7 3.3.8 "},
	{"AUD-CLK-CHECK", SIGMA_LOW, true, "3.3.7 "},
	{"AUD-CLK", SIGMA_LOW, true, "3.3.7 "},
	{"AUD-CLOCK", SIGMA_MEDIUM, true, "3.3.7 "},
	{"AUD-DISABLED", SIGMA_CRITICAL, true, "3.3.8 3.3.9 "},
	{"AUD-ERASED", SIGMA_CRITICAL, true, "3.3.8 "},
	{"AUD-GAP", SIGMA_HIGH, true, "3.3.1 3.3.4 "},
	{"AUD-HOLE", SIGMA_HIGH, true, "3.3.1 3.3.8 "},
	{"AUD-REV-ALERT", SIGMA_MEDIUM, false, "3.14.6 3.12.3 "},
	{"AUD-REV-SET", SIGMA_MEDIUM, false, "3.3.3 "},
	{"AUD-REV", SIGMA_MEDIUM, true, "3.3.5 "},
	{"AUD-STOPPED", SIGMA_HIGH, true, "3.3.4 "},
	{"AUD-TMP-DIFFERS", SIGMA_CRITICAL, true, "3.3.8 "},
	{"AUD-TMP", SIGMA_CRITICAL, true, "3.3.9 3.3.8 "},
	{"AUT-BRU-IN", SIGMA_HIGH, false, "3.1.8 "},
	{"AUT-BRU", SIGMA_MEDIUM, true, "3.1.8 "},
	{"AUT-DOR", SIGMA_MEDIUM, true, "3.5.6 "},
	{"AUT-GENERIC", SIGMA_HIGH, true, "3.5.1 3.3.2 "},
	{"AUT-MFA", SIGMA_HIGH, true, "3.5.3 "},
	{"AUT-NO-PASSWORD", SIGMA_CRITICAL, true, "3.5.2 "},
	{"AUT-ONE-FACTOR", SIGMA_HIGH, true, "3.5.3 "},
	{"AUT-REISSUE", SIGMA_MEDIUM, true, "3.5.5 "},
	{"AUT-ROOT", SIGMA_HIGH, true, "3.3.2 3.1.6 "},
	{"AUT-SHR-ADDRESS", SIGMA_MEDIUM, false, "3.13.15 3.5.4 "},
	{"AUT-SHR-PLACES", SIGMA_HIGH, false, "3.3.2 "},
	{"AUT-SHR-SECRET", SIGMA_HIGH, true, "3.3.2 3.5.4 "},
	{"AUT-SHR-SECRETS", SIGMA_HIGH, true, "3.3.2 3.5.4 "},
	{"AUT-SHR", SIGMA_HIGH, true, "3.3.2 "},
	{"AUT-SPR-ACCOUNT", SIGMA_HIGH, false, "3.1.8 3.14.6 "},
	{"AUT-SPR", SIGMA_HIGH, false, "3.1.8 3.14.6 "},
	{"AUT-TEMPORARY", SIGMA_MEDIUM, true, "3.5.9 "},
	{"AUT-UNK-DEVICE", SIGMA_HIGH, true, "3.1.18 "},
	{"AUT-UNK-HOST", SIGMA_HIGH, false, "3.4.1 "},
	{"AUT-UNK-NONE", SIGMA_HIGH, true, "3.5.1 3.3.2 "},
	{"AUT-UNK", SIGMA_HIGH, true, "3.1.1 3.5.1 "},
	{"BEH-LVR", SIGMA_HIGH, false, "3.9.2 "},
	{"BEH-PRB", SIGMA_MEDIUM, false, "3.1.2 3.14.7 "},
	{"BEH-STG", SIGMA_CRITICAL, true, "3.14.7 3.1.3 "},
	{"BEH-SWP", SIGMA_HIGH, false, "3.14.7 "},
	{"CFG-CHANGE", SIGMA_MEDIUM, true, "3.4.3 "},
	{"CFG-MODULE", SIGMA_MEDIUM, false, "3.4.2 3.4.8 "},
	{"CFG-PROGRAM", SIGMA_HIGH, true, "3.4.8 "},
	{"CFG-PROHIBITED", SIGMA_HIGH, true, "3.4.7 "},
	{"CFG-SOFTWARE", SIGMA_MEDIUM, true, "3.4.9 "},
	{"CFG-UNNEEDED", SIGMA_LOW, false, "3.4.6 "},
	{"CUI-AUD", SIGMA_HIGH, true, "3.1.3 "},
	{"INC-LATE", SIGMA_HIGH, true, "3.6.2 "},
	{"LOC-APR-CUI", SIGMA_MEDIUM, true, "3.10.6 "},
	{"LOC-AREA", SIGMA_HIGH, true, "3.10.1 "},
	{"LOC-BDG-LEFT", SIGMA_HIGH, true, "3.10.4 3.10.1 "},
	{"LOC-BDG", SIGMA_HIGH, true, "3.10.4 3.10.1 "},
	{"LOC-ESC", SIGMA_HIGH, true, "3.10.3 "},
	{"LOC-PLACE", SIGMA_MEDIUM, true, "3.10.6 "},
	{"LOC-TRV", SIGMA_HIGH, false, "3.3.2 3.14.7 "},
	{"MED-BLK", SIGMA_HIGH, false, "3.8.7 3.14.7 "},
	{"MED-CLEAR-CLASSIFIED", SIGMA_CRITICAL, true, "3.8.6 "},
	{"MED-CLEAR", SIGMA_HIGH, true, "3.8.6 "},
	{"MED-DST-REPAIR", SIGMA_HIGH, true, "3.7.3 "},
	{"MED-DST-TOP", SIGMA_CRITICAL, true, "3.8.3 "},
	{"MED-DST", SIGMA_HIGH, true, "3.8.3 "},
	{"MED-OWNERLESS", SIGMA_HIGH, true, "3.8.8 "},
	{"MED-RTN-LATE-TOP", SIGMA_HIGH, true, "3.8.1 "},
	{"MED-RTN-LATE", SIGMA_MEDIUM, true, "3.8.1 "},
	{"MED-RTN-MONTH", SIGMA_MEDIUM, true, "3.8.1 "},
	{"MED-RTN-TOP", SIGMA_HIGH, true, "3.8.1 "},
	{"MED-RTN-WEEK", SIGMA_MEDIUM, true, "3.8.1 "},
	{"MED-RTN", SIGMA_MEDIUM, true, "3.8.1 "},
	{"MED-SENT-TOP", SIGMA_HIGH, true, "3.8.5 "},
	{"MED-SENT", SIGMA_MEDIUM, true, "3.8.5 "},
	{"MED-TWO-LOG", SIGMA_HIGH, false, "3.1.3 "},
	{"MED-TWO-LOWER", SIGMA_CRITICAL, true, "3.1.4 "},
	{"MED-TWO", SIGMA_CRITICAL, true, "3.1.4 "},
	{"MED-UNA-CLASSIFIED", SIGMA_CRITICAL, true, "3.8.7 3.8.8 "},
	{"MED-UNA-MARK", SIGMA_LOW, false, "3.8.4 "},
	{"MED-UNA-SCAN", SIGMA_MEDIUM, false, "3.7.4 "},
	{"MED-UNA-USER", SIGMA_HIGH, true, "3.8.2 3.8.7 "},
	{"MED-UNA-WRITER", SIGMA_CRITICAL, true, "3.8.2 3.8.7 "},
	{"MED-UNA", SIGMA_HIGH, true, "3.8.7 3.8.8 "},
	{"MED-UNREGISTERED", SIGMA_HIGH, true, "3.8.7 "},
	{"PRV-MAINTENANCE", SIGMA_HIGH, true, "3.7.5 "},
	{"PRV-ORD", SIGMA_HIGH, true, "3.1.6 "},
	{"PRV-REFUSED", SIGMA_LOW, false, "3.1.7 "},
	{"PRV-RMT-GATEWAY", SIGMA_HIGH, true, "3.1.14 "},
	{"PRV-RMT-OPEN", SIGMA_HIGH, true, "3.7.5 "},
	{"PRV-RMT-PERSON", SIGMA_HIGH, true, "3.1.12 "},
	{"PRV-RMT", SIGMA_HIGH, true, "3.1.15 3.1.12 "},
	{"PRV-ROOT-SHELL", SIGMA_MEDIUM, false, "3.1.6 3.3.2 "},
	{"PRV-SLF-ALLY", SIGMA_CRITICAL, true, "3.1.5 3.1.4 "},
	{"PRV-SLF-GRANT", SIGMA_HIGH, true, "3.1.5 "},
	{"PRV-SLF", SIGMA_CRITICAL, true, "3.1.5 3.1.4 "},
	{"PRV-SOD", SIGMA_HIGH, true, "3.1.4 "},
	{"PRV-UNA-ALONE", SIGMA_HIGH, true, "3.7.6 "},
	{"PRV-UNA-CHANGE", SIGMA_HIGH, true, "3.4.5 "},
	{"PRV-UNA-MAINTENANCE", SIGMA_HIGH, true, "3.7.2 "},
	{"PRV-UNA", SIGMA_HIGH, true, "3.1.5 3.1.7 "},
	{"REM-PROTOCOL", SIGMA_HIGH, true, "3.1.13 3.4.7 "},
	{"SES-END", SIGMA_MEDIUM, true, "3.1.11 "},
	{"SES-LOCK", SIGMA_MEDIUM, true, "3.1.10 "},
	{"SES-REMOTE", SIGMA_MEDIUM, true, "3.13.9 "},
	{"TIM-OFF-AGAIN", SIGMA_MEDIUM, false, "3.14.7 "},
	{"TIM-OFF-TOP", SIGMA_MEDIUM, false, "3.14.7 "},
	{"TIM-OFF", SIGMA_LOW, false, "3.14.7 "},
	{"WIR-OPEN", SIGMA_HIGH, true, "3.1.17 "},
	{"WIR-UNLISTED", SIGMA_HIGH, true, "3.1.16 "},
	{"XFR-CLEAR-SESSION", SIGMA_HIGH, true, "3.1.13 "},
	{"XFR-CLEAR", SIGMA_HIGH, true, "3.13.8 "},
	{"XFR-ENC-DEVICE", SIGMA_HIGH, false, "3.1.19 "},
	{"XFR-ENC-MODULE", SIGMA_HIGH, false, "3.13.11 "},
	{"XFR-ENC-REST", SIGMA_HIGH, false, "3.13.16 "},
	{"XFR-ENC", SIGMA_HIGH, true, "3.1.13 3.13.8 "},
	{"XFR-EXT", SIGMA_HIGH, true, "3.1.3 3.1.20 3.13.1 "},
	{"XFR-OUTSIDE", SIGMA_HIGH, true, "3.1.20 3.1.3 "},
	{"XFR-PUBLIC", SIGMA_CRITICAL, true, "3.1.22 "},
	{"XFR-SPL-COPIES", SIGMA_CRITICAL, true, "3.1.3 3.13.1 "},
	{"XFR-SPL", SIGMA_CRITICAL, true, "3.1.3 3.13.1 "},
	{"ACC-CLR", SIGMA_CRITICAL, true, "117.10(a)(1)(iii)(B) 117.15(h)(1) "},
	{"ACC-CPT", SIGMA_CRITICAL, true, "117.23(b) 117.23(c) "},
	{"ACC-FCL", SIGMA_CRITICAL, true, "117.9(a)(7) 117.15(c) "},
	{"ACC-NDA", SIGMA_HIGH, true, "117.10(g)(1) "},
	{"ACC-SUS", SIGMA_CRITICAL, true, "117.10(a)(2)(ii) 117.10(l)(5) "},
	{"ACC-TMP-LIMITED", SIGMA_CRITICAL, true, "117.10(k)(2) "},
	{"ACC-TMP", SIGMA_CRITICAL, true, "117.10(l)(1) "},
	{"CTR-SCP", SIGMA_MEDIUM, true, "117.15(e)(1)(i) 117.15(i) "},
	{"EXP-OUT", SIGMA_CRITICAL, true, "120.50(a)(1) "},
	{"EXP-USP", SIGMA_CRITICAL, true, "120.50(a)(2) "},
	{"LOC-APR", SIGMA_CRITICAL, true, "117.18(e)(6) 117.15(c) "},
	{"MED-DST-TWO", SIGMA_CRITICAL, true, "117.15(e)(2) "},
	{"TSC-ACC-INVENTORY", SIGMA_HIGH, true, "117.15(e)(2) "},
	{"TSC-ACC-MISSING", SIGMA_CRITICAL, true, "117.15(e)(2) "},
	{"TSC-ACC-OUT", SIGMA_CRITICAL, true, "117.15(f)(1) "},
	{"TSC-ACC-RECEIPT", SIGMA_HIGH, true, "117.15(e)(2) "},
	{"TSC-ACC", SIGMA_HIGH, true, "117.15(e)(2) "},
};

START_TEST(catalogue_is_whole)
{
	CLEAN(standard) struct standard *first = NULL;
	CLEAN(standard) struct standard *second = NULL;

	ck_assert_int_eq(standard_parse("s", buffer_text(&bundles[0]), &first, &err), 0);
	ck_assert_msg(standard_parse("s", buffer_text(&bundles[1]), &second, &err) == 0, "%s",
		      err.text);
	ck_assert(standard_has_values(first) && !standard_has_values(second));
	size_t findings = 0;
	for (size_t n = 0; n < sigma_set_count(rules); n++) {
		const struct sigma_rule *rule = sigma_set_rule(rules, n);
		size_t i = findings;

		/* What only serves a correlation says nothing for itself. */
		if (rule->only_correlated)
			continue;
		ck_assert_uint_lt(findings++, ARRAY_LENGTH(catalogue));
		char requirements[64] = "", file[64];
		size_t used = 0;

		ck_assert_str_eq(rule->name, catalogue[i].name);
		snprintf(file, sizeof(file), "rules/%s.yml", rule->name);
		ck_assert(text_equal_nocase(text_of(file), text_of(rule->file)));
		ck_assert_int_eq(rule->level, catalogue[i].level);
		ck_assert_msg(rule->direct == catalogue[i].direct, "%s", rule->name);
		for (const char *const *id = rule->requirements; *id; id++) {
			const struct standard_requirement *requirement =
				standard_requirement_find(first, text_of(*id));
			/* One rule is of one standard. */
			if (!requirement)
				requirement = standard_requirement_find(second, text_of(*id));

			ck_assert_msg(requirement != NULL, "%s: %s", rule->name, *id);
			ck_assert_int_ne(requirement->observable,
					 STANDARD_OBSERVABLE_NONE);
			used += (size_t)snprintf(requirements + used,
						 sizeof(requirements) - used, "%s ", *id);
		}
		ck_assert_str_eq(requirements, catalogue[i].requirements);
		ck_assert_str_eq(rule->status, "stable");
		ck_assert_msg(rule->sources != 0, "%s: no format can give it",
			      rule->name);
		ck_assert_msg(rule->says && strlen(rule->says) > 20, "%s", rule->name);
		ck_assert_msg(strlen(rule->description) > 100, "%s", rule->name);
		ck_assert_msg(rule->false_positives[0] != NULL, "%s", rule->name);
		for (size_t k = 0; k < n; k++)
			ck_assert_str_ne(rule->id, sigma_set_rule(rules, k)->id);
	}
	ck_assert_uint_eq(findings, ARRAY_LENGTH(catalogue));
}
END_TEST

/* A finding of a direct rule names it. */
static bool is_shown(const char *id)
{
	for (size_t n = 0; n < sigma_set_count(rules); n++) {
		const struct sigma_rule *rule = sigma_set_rule(rules, n);

		for (const char *const *each = rule->requirements; each && *each; each++)
			if (rule->direct && !rule->only_correlated && strcmp(*each, id) == 0)
				return true;
	}
	return false;
}

/* What the standards say a log can show directly, a rule shows. */
START_TEST(every_direct_requirement_has_a_direct_rule)
{
	for (size_t i = 0; i < ARRAY_LENGTH(shipped); i++) {
		CLEAN(standard) struct standard *standard = NULL;

		ck_assert_int_eq(
			standard_parse("s", buffer_text(&bundles[i]), &standard, &err), 0);
		for (size_t k = 0; k < standard->requirement_count; k++) {
			const struct standard_requirement *requirement =
				&standard->requirements[k];
			bool direct =
				requirement->observable == STANDARD_OBSERVABLE_DIRECT;

			ck_assert_msg(!direct || is_shown(requirement->id), "%s",
				      requirement->id);
		}
	}
}
END_TEST

/*
 * What is judged is handling: no rule may look at who a person is by birth.
 * Words of the texts, whole and in any case.
 */
START_TEST(no_rule_asks_for_origin)
{
	static const char *const words[] = {
		"nationality", "citizen", "citizenship", "birthplace", "born",
		"ethnic",      "origin",  "country",	 "language",   "religion"};
	CLEAN(buffer) struct buffer both;
	struct text all;

	buffer_init(&both, 2 * STANDARD_BUNDLE_LIMIT);
	for (size_t i = 0; i < ARRAY_LENGTH(shipped); i++)
		buffer_add_text(&both, buffer_text(&bundles[i]));
	all = buffer_text(&both);
	for (size_t i = 0; i < all.length; i++) {
		if (i > 0 && is_alpha(all.bytes[i - 1]))
			continue;
		for (size_t k = 0; k < ARRAY_LENGTH(words); k++) {
			size_t length = strlen(words[k]);
			struct text here = text_head(text_skip(all, i), length);
			bool whole = i + length >= all.length ||
				     !is_alpha(all.bytes[i + length]);

			ck_assert_msg(!whole ||
					      !text_equal_nocase(here, text_of(words[k])),
				      "%s", words[k]);
		}
	}
}
END_TEST

/* Records ------------------------------------------------------------------------ */

struct run {
	const char *file;
	struct text expected; /* the whole of tests/rules/expected */
	struct text runs;     /* and of tests/rules/runs */
	struct rule_correlating *correlating;
	size_t events, correlated;
};

/* "FILE\tLINE\tRULES\t...": the rules; empty where there is no such row. */
static struct text expected_rules(const struct run *run, uint64_t line)
{
	struct text rest = run->expected;

	while (rest.length > 0) {
		struct text row = text_split(&rest, '\n'), file = text_split(&row, '\t'),
			    number = text_split(&row, '\t');
		uint64_t n = 0;

		if (text_equal(file, text_of(run->file)) && text_to_u64(number, &n) &&
		    n == line)
			return text_split(&row, '\t');
	}
	return TEXT_NONE;
}

static bool has_word(struct text words, const char *word)
{
	while (words.length > 0)
		if (text_equal(text_split(&words, ' '), text_of(word)))
			return true;
	return false;
}

static size_t count_words(struct text words)
{
	size_t count = 0;

	while (words.length > 0)
		count += !text_equal(text_split(&words, ' '), TEXT("-"));
	return count;
}

static int on_event(void *context, const struct event *event, struct err *unused UNUSED)
{
	struct run *run = context;
	struct text expected = expected_rules(run, event->line);
	const uint32_t *matches;

	roster_join_begin(join, event);
	rule_correlating_reach(run->correlating, event->time);
	size_t count = sigma_set_match(rules, event, &matches), findings = 0;
	run->events++;
	ck_assert_msg(expected.length > 0, "%s:%llu is not among the expected", run->file,
		      (unsigned long long)event->line);
	for (size_t i = 0; i < count; i++) {
		const char *name = sigma_set_rule(rules, matches[i])->name;

		ck_assert_int_eq(rule_correlating_add(run->correlating, matches[i], event, &err),
				 0);
		if (sigma_set_rule(rules, matches[i])->only_correlated)
			continue;
		findings++;
		ck_assert_msg(has_word(expected, name), "%s:%llu fires %s, not %.*s",
			      run->file, (unsigned long long)event->line, name,
			      TEXT_PRINT(expected));
	}
	ck_assert_msg(findings == count_words(expected), "%s:%llu fires %zu rules, not %.*s",
		      run->file, (unsigned long long)event->line, findings,
		      TEXT_PRINT(expected));
	return 0;
}

static int on_reject(void *context, const struct decode_reject *reject,
		     struct err *unused UNUSED)
{
	const struct run *run = context;

	ck_abort_msg("%s:%llu: %.*s", run->file, (unsigned long long)reject->line,
		     TEXT_PRINT(reject->reason));
	return 0;
}

static void decode_all(struct run *run, const struct decode_format *format,
		       struct text log)
{
	struct decode_options options = {.delivered = calendar_days(2026, 12, 31) * 86400 *
						      MICROSECONDS};
	struct decode_sink sink = {run, on_event, on_reject};
	struct decoder *decoder = decoder_new(format, &options, names, &sink, &err);

	ck_assert_msg(decoder != NULL, "%s", err.text);
	while (log.length > 0) {
		size_t room, length;
		char *space = decoder_space(decoder, &room);

		length = log.length < room ? log.length : room;
		memcpy(space, log.bytes, length);
		ck_assert_msg(decoder_take(decoder, length, &err) == 0, "%s", err.text);
		log = text_skip(log, length);
	}
	ck_assert_msg(decoder_finish(decoder, &err) == 0, "%s", err.text);
	decoder_free(decoder);
}

/* "FILE\tRULE\tGROUP\tCOUNT\t...", the values of a group with a blank between. */
static int on_run(void *context, const struct rule_run *found, struct err *unused UNUSED)
{
	struct run *run = context;
	CLEAN(buffer) struct buffer row;
	bool listed = false;

	buffer_init(&row, 1 << 12);
	buffer_add_format(&row, "%s\t%s\t", run->file, found->rule->name);
	for (size_t i = 0; i < found->group_count; i++)
		buffer_add_format(&row, "%s%.*s", i ? " " : "", TEXT_PRINT(found->group[i]));
	buffer_add_format(&row, "\t%llu\t", (unsigned long long)found->count);
	for (struct text rest = run->runs; rest.length > 0 && !listed;)
		listed = text_starts_with(text_split(&rest, '\n'), buffer_text(&row));
	ck_assert_msg(listed, "%s is not among the runs", row.data);
	run->correlated++;
	return 0;
}

static size_t count_rows(struct text rest, const char *file)
{
	size_t count = 0;

	while (rest.length > 0) {
		struct text row = text_split(&rest, '\n');
		count += text_equal(text_split(&row, '\t'), text_of(file));
	}
	return count;
}

static void run_file(struct run *run)
{
	CLEAN(buffer) struct buffer log;
	const char *ending = strrchr(run->file, '.') + 1;
	const struct decode_format *format = decode_format_find(text_of(ending));
	char path[4096];

	if (!format) {
		printf("%s: there is no format %s, so it is passed over\n", run->file,
		       ending);
		run->events = SIZE_MAX;
		return;
	}
	buffer_init(&log, 1 << 20);
	snprintf(path, sizeof(path), CASES "/%s", run->file);
	ck_assert_msg(file_read_all(path, 1 << 19, &log, &err) == 0, "%s", err.text);
	run->correlating = rule_correlating_new(rules);
	decode_all(run, format, buffer_text(&log));
	ck_assert_int_eq(rule_correlating_finish(run->correlating, on_run, run, &err), 0);
	rule_correlating_free(run->correlating);
	ck_assert_msg(run->correlated == count_rows(run->runs, run->file),
		      "%s fires %zu correlations, not %zu", run->file, run->correlated,
		      count_rows(run->runs, run->file));
}

/* Each file that is named in the list, whole: as many events as rows. */
START_TEST(records_fire_what_they_must)
{
	CLEAN(buffer) struct buffer list;
	CLEAN(buffer) struct buffer runs;
	struct text rest;
	size_t files = 0;

	buffer_init(&list, 1 << 20);
	buffer_init(&runs, 1 << 20);
	ck_assert_int_eq(file_read_all(CASES "/expected", 1 << 19, &list, &err), 0);
	ck_assert_int_eq(file_read_all(CASES "/runs", 1 << 19, &runs, &err), 0);
	rest = buffer_text(&list);
	while (rest.length > 0) {
		struct text row = text_split(&rest, '\n'), file = text_split(&row, '\t');
		struct run run = {.expected = buffer_text(&list),
				  .runs = buffer_text(&runs)};
		char name[128];
		size_t rows = 1;

		if (file.length == 0 || file.bytes[0] == '#')
			continue;
		while (text_starts_with(rest, file)) {
			text_split(&rest, '\n');
			rows++;
		}
		snprintf(name, sizeof(name), "%.*s", TEXT_PRINT(file));
		run.file = name;
		run_file(&run);
		ck_assert_msg(run.events == rows || run.events == SIZE_MAX,
			      "%s has %zu records, not %zu", name, run.events, rows);
		files++;
	}
	ck_assert_uint_gt(files, 20);
}
END_TEST

static bool is_correlation(const char *name)
{
	for (size_t i = 0; i < sigma_set_count(rules); i++)
		if (strcmp(sigma_set_rule(rules, i)->name, name) == 0)
			return sigma_set_rule(rules, i)->correlation;
	return false;
}

/* About deliveries, which records do not show: tests/unit/test-feeds.c tries it. */
static bool is_of_feeds(const char *name)
{
	for (size_t i = 0; i < sigma_set_count(rules); i++)
		if (strcmp(sigma_set_rule(rules, i)->name, name) == 0)
			return is_correlation(name) && sigma_set_correlation(rules, i)->rule_count == 0;
	return false;
}

/* "aut-root.syslog" is a file of AUT-ROOT. */
static bool is_own(struct text file, const char *rule)
{
	return text_equal_nocase(text_split(&file, '.'), text_of(rule));
}

/* A file of its own fires it, and has more records than those of the run. */
static void check_correlation(const char *name, struct text runs, struct text events)
{
	size_t fires = 0, covered = 0, records = 0;
	char file[64];

	while (runs.length > 0) {
		struct text row = text_split(&runs, '\n'), of = text_split(&row, '\t');
		uint64_t count = 0;

		if (!text_equal(text_split(&row, '\t'), text_of(name)) ||
		    !is_own(of, name))
			continue;
		text_split(&row, '\t');
		ck_assert(text_to_u64(text_split(&row, '\t'), &count));
		covered += count;
		snprintf(file, sizeof(file), "%.*s", TEXT_PRINT(of));
		if (fires++ == 0)
			records = count_rows(events, file);
	}
	ck_assert_msg(fires > 0 && records > covered, "%s", name);
}

/* Every rule has records that fire it, and files of its own with neighbours. */
START_TEST(every_rule_is_tried)
{
	CLEAN(buffer) struct buffer list;
	CLEAN(buffer) struct buffer runs;

	buffer_init(&list, 1 << 20);
	buffer_init(&runs, 1 << 20);
	ck_assert_int_eq(file_read_all(CASES "/expected", 1 << 19, &list, &err), 0);
	ck_assert_int_eq(file_read_all(CASES "/runs", 1 << 19, &runs, &err), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(catalogue); i++) {
		struct text rest = buffer_text(&list);
		size_t fires = 0, neighbours = 0;

		if (is_of_feeds(catalogue[i].name))
			continue;
		if (is_correlation(catalogue[i].name)) {
			check_correlation(catalogue[i].name, buffer_text(&runs),
					  buffer_text(&list));
			continue;
		}
		while (rest.length > 0) {
			struct text row = text_split(&rest, '\n'),
				    file = text_split(&row, '\t');
			bool own;

			text_split(&row, '\t');
			own = is_own(file, catalogue[i].name);
			if (has_word(text_split(&row, '\t'), catalogue[i].name))
				fires++;
			else
				neighbours += own;
		}
		ck_assert_msg(fires > 0 && neighbours > 0, "%s", catalogue[i].name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tests = tcase_create("shipped");

	tcase_add_checked_fixture(tests, load_rules, forget_rules);
	tcase_add_test(tests, catalogue_is_whole);
	tcase_add_test(tests, every_direct_requirement_has_a_direct_rule);
	tcase_add_test(tests, no_rule_asks_for_origin);
	tcase_add_test(tests, records_fire_what_they_must);
	tcase_add_test(tests, every_rule_is_tried);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
