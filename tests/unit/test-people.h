/*
 * The people of the office of test-office.h, an example of each act, and a
 * way that a case takes to each state.
 */
#ifndef TEST_PEOPLE_H
#define TEST_PEOPLE_H

#include "test-office.h"

static const char one[] = "V-2026-100001", two[] = "V-2026-100002";

static inline const char *state_of(int64_t id)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT state FROM violation WHERE contractor_id = 1 AND id = %lld",
		 (long long)id);
	return office_string(owner, sql);
}

struct people {
	struct pg *anna, *bert, *otto, *olga, *paul, *lena, *daemon;
};

static struct people people;

static inline void people_begin(void)
{
	office_test_begin();
	people = (struct people){
		.anna = office_person("anna"), .bert = office_person("bert"),
		.otto = office_person("otto"), .olga = office_person("olga"),
		.paul = office_person("paul"), .lena = office_person("lena"),
		.daemon = office_connect(STORE_DAEMON),
	};
}

static inline void people_end(void)
{
	struct pg *all[] = { people.anna, people.bert, people.otto, people.olga,
			     people.paul, people.lena, people.daemon };

	for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
		pg_free(all[i]);
	office_test_end();
}

/* How an act of each kind is made, where it may be. */
struct made {
	const char *action, *reason, *note, *data;
	struct pg **by;
};
static const struct made made[] = {
	{ "take", NULL, NULL, NULL, &people.anna },
	{ "assign", NULL, NULL, "{\"owner\":\"bert\"}", &people.otto },
	{ "note", NULL, "seen", NULL, &people.paul },
	{ "triage", NULL, NULL, NULL, &people.anna },
	{ "request", NULL, NULL, "{\"evidence\":\"the log of the door\"}", &people.anna },
	{ "dismiss", "FPL", NULL, NULL, &people.anna },
	{ "suppress", "BEN", "known", "{\"until\":\"2027-10-01T00:00:00Z\"}",
	  &people.anna },
	{ "notice", NULL, NULL, NULL, &people.anna },
	{ "recall", NULL, NULL, NULL, &people.anna },
	{ "deliver", NULL, NULL, NULL, &people.daemon },
	{ "extend", NULL, "asked for it", "{\"until\":\"2026-12-30T00:00:00Z\"}", &people.anna },
	{ "reply", "FIXED", NULL, NULL, &people.lena },
	{ "lapse", NULL, NULL, NULL, &people.daemon },
	{ "sustain", "SUB", NULL, NULL, &people.anna },
	{ "unsubstantiate", "INS", "too little", NULL, &people.anna },
	{ "plan", NULL, NULL, "{\"milestones\":[{\"title\":\"locks\",\"due\":\"2027-03-01\"}]}",
	  &people.lena },
	{ "milestone", NULL, NULL, "{\"milestone\":1}", &people.lena },
	{ "verify", NULL, "seen", NULL, &people.bert },
	{ "close", NULL, NULL, NULL, &people.anna },
	{ "escalate", NULL, NULL, NULL, &people.anna },
	{ "sanction", NULL, "due", "{\"step\":\"concern\"}", &people.otto },
	{ "appeal", NULL, "we disagree", NULL, &people.lena },
	{ "uphold", "UPHELD", "sound", NULL, &people.paul },
	{ "overturn", "OVERTURNED", "unsound", NULL, &people.paul },
	{ "remand", "REMANDED", "look again", NULL, &people.paul },
	{ "reopen", NULL, "news", NULL, &people.anna },
	{ "approve", NULL, NULL, NULL, &people.olga },
	{ "refuse", NULL, "no", NULL, &people.olga },
	{ "expire", NULL, NULL, NULL, &people.daemon },
	{ "undo", NULL, NULL, NULL, &people.anna },
	{ "merge", NULL, NULL, "{\"of\":\"V-2026-100001\"}", &people.daemon },
	{ "withdraw", NULL, "judged again", NULL, &people.daemon },
	{ "incident", NULL, NULL,
	  "{\"moment\":\"discovered\",\"at\":\"2026-11-19T08:00:00Z\"}", &people.lena },
};

/* How a case gets to each state: actions; +: time goes by. */
static const char *const roads[CASEWORK_STATE_COUNT] = {
	[CASEWORK_STATE_FLAGGED] = "",
	[CASEWORK_STATE_TRIAGED] = "triage",
	[CASEWORK_STATE_NOTICED] = "triage notice + deliver",
	[CASEWORK_STATE_REPLIED] = "triage notice + deliver reply",
	[CASEWORK_STATE_UNANSWERED] = "triage notice + deliver ++ lapse",
	[CASEWORK_STATE_SUSTAINED] = "triage notice + deliver reply sustain",
	[CASEWORK_STATE_CORRECTIVE_ACTION] = "triage notice + deliver reply sustain plan",
	[CASEWORK_STATE_OVERDUE] = "triage notice + deliver reply sustain +++ lapse",
	[CASEWORK_STATE_ESCALATED] = "triage notice + deliver reply sustain +++ lapse escalate",
	[CASEWORK_STATE_VERIFIED] =
		"triage notice + deliver reply sustain plan milestone verify",
	[CASEWORK_STATE_APPEALED] = "triage notice + deliver reply sustain appeal",
	[CASEWORK_STATE_UPHELD] = "triage notice + deliver reply sustain appeal uphold",
	[CASEWORK_STATE_REOPENED] = "dismiss reopen",
	[CASEWORK_STATE_CLOSED] =
		"triage notice + deliver reply sustain plan milestone verify close",
	[CASEWORK_STATE_DISMISSED] = "dismiss",
	[CASEWORK_STATE_UNSUBSTANTIATED] = "triage notice + deliver reply unsubstantiate",
	[CASEWORK_STATE_OVERTURNED] = "triage notice + deliver reply sustain appeal overturn",
	[CASEWORK_STATE_MERGED] = "merge",
	[CASEWORK_STATE_WITHDRAWN] = "withdraw",
};

static inline int do_made(const char *number, struct text action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(made); i++)
		if (text_equal(action, text_of(made[i].action)))
			return office_act(*made[i].by, number, made[i].action, made[i].reason,
					  made[i].note, made[i].data);
	ck_abort_msg("no example of %.*s", TEXT_PRINT(action));
}

static inline const char *number_of(int64_t id)
{
	static char number[40];

	snprintf(number, sizeof(number), "V-2026-%06lld", (long long)(100000 + id));
	return number;
}

/* A violation of its own in that state. */
static inline void lead_to(enum casework_state state, int64_t id)
{
	struct text rest = text_of(roads[state]);

	office_time(OFFICE_ZERO);
	office_open(1, id, 3);
	while (rest.length) {
		struct text step = text_split(&rest, ' ');
		if (text_equal(step, TEXT("+")))
			office_later("10 minutes");
		else if (text_equal(step, TEXT("++")))
			office_later("60 days");
		else if (text_equal(step, TEXT("+++")))
			office_later("28 days"); /* less than an appeal has */
		else
			ck_assert_msg(do_made(number_of(id), step) == 0, "%s, %.*s: %s",
				      roads[state], TEXT_PRINT(step), err.text);
	}
	ck_assert_str_eq(state_of(id), casework_state_describe(state)->name);
}

/* What a contractor is told of its answer: code and words. */
static inline const char *reply_to(const char *number, const char *answer)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	static char said[400];

	ck_ok(pg_query_one(people.daemon,
			   "SELECT concat_ws(': ', code, why) FROM reply_take(1, $1, '', $2, 'words', '{}', 'd')",
			   PG_VALUES(PG_STRING(number), PG_STRING(answer)), &result, &err));
	snprintf(said, sizeof(said), "%s", pg_string(result, 0, 0));
	return said;
}

/* A case of which the contractor had notice, closed, reopened, and in the office's hands. */
static inline void lead_to_reopened(int64_t id)
{
	lead_to(CASEWORK_STATE_CLOSED, id);
	ck_ok(do_made(number_of(id), TEXT("reopen")));
}

#endif
