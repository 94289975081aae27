/* Filters as SQL: one fixed piece for each field and operator. */
#include "store/statement.h"
#include "store/violation_row.h"

#include <inttypes.h>

void statement_init(struct statement *statement)
{
	statement->count = 0;
	statement->full = false;
	buffer_init(&statement->sql, 1 << 18);
}

void statement_clean(struct statement *statement)
{
	buffer_done(&statement->sql);
}

void statement_add(struct statement *statement, const char *sql)
{
	buffer_add_string(&statement->sql, sql);
}

void statement_add_value(struct statement *statement, const char *sql, struct pg_value value)
{
	if (statement->count >= PG_VALUES_MOST) {
		statement->full = true;
		return;
	}
	statement->values[statement->count++] = value;
	for (; *sql; sql++)
		if (*sql == '?')
			buffer_add_format(&statement->sql, "$%zu", statement->count);
		else
			buffer_add_byte(&statement->sql, *sql);
}

int statement_check(const struct statement *statement, struct err *err)
{
	if (statement->full || statement->sql.failed)
		return err_set(err, ERR_LIMIT, "the filter compares with too many values");
	return 0;
}

/* Numbers and words ------------------------------------------------------------------- */

/*
 * Severities are stretches of the rank, so that the order of the queue
 * serves them too: severity 4 is everything from -4999999 to -4000000.
 */
static void severity_add(struct statement *statement, const struct filter_comparison *compare)
{
	const struct pg_value first = PG_NUMBER(-(compare->number + 1) * RANK_STEP + 1);
	const struct pg_value last = PG_NUMBER(-compare->number * RANK_STEP);

	switch (compare->operator) {
	case FILTER_DIFFERENT:
		statement_add_value(statement, "(v.queue_rank < ?::integer", first);
		statement_add_value(statement, " OR v.queue_rank > ?::integer)", last);
		break;
	case FILTER_BELOW:
		statement_add_value(statement, "v.queue_rank > ?::integer", last);
		break;
	case FILTER_AT_MOST:
		statement_add_value(statement, "v.queue_rank >= ?::integer", first);
		break;
	case FILTER_ABOVE:
		statement_add_value(statement, "v.queue_rank < ?::integer", first);
		break;
	case FILTER_AT_LEAST:
		statement_add_value(statement, "v.queue_rank <= ?::integer", last);
		break;
	case FILTER_EQUAL:
	case FILTER_CONTAINS:
		statement_add_value(statement, "(v.queue_rank >= ?::integer", first);
		statement_add_value(statement, " AND v.queue_rank <= ?::integer)", last);
		break;
	}
}

static const char *const number_columns[FILTER_FIELDS] = {
	[FILTER_COUNT] = "v.count",
	[FILTER_POINTS] = "v.points",
	[FILTER_MARKING] = "v.level",
};

static const char *const number_operators[] = {
	[FILTER_EQUAL] = " = ?::bigint",    [FILTER_DIFFERENT] = " <> ?::bigint",
	[FILTER_BELOW] = " < ?::bigint",    [FILTER_AT_MOST] = " <= ?::bigint",
	[FILTER_ABOVE] = " > ?::bigint",    [FILTER_AT_LEAST] = " >= ?::bigint",
	[FILTER_CONTAINS] = " = ?::bigint",
};

static void number_add(struct statement *statement, const struct filter_comparison *compare)
{
	if (compare->field == FILTER_SEVERITY) {
		severity_add(statement, compare);
		return;
	}
	statement_add(statement, number_columns[compare->field]);
	statement_add_value(statement, number_operators[compare->operator],
			    PG_NUMBER(compare->number));
}

/* By field: as it is written, and for another sign than "=". */
static const struct {
	const char *equal, *different, *contains;
} text_pieces[FILTER_FIELDS] = {
	[FILTER_STATE] = { "v.state = ?::text", "v.state <> ?::text", NULL },
	[FILTER_PARTY] = { "v.clock_party = ?::text", "v.clock_party IS DISTINCT FROM ?::text",
			   NULL },
	[FILTER_CONTRACTOR] = {
		"v.contractor_id = (SELECT x.id FROM contractor x WHERE x.code = ?::text)",
		"v.contractor_id IS DISTINCT FROM"
		" (SELECT x.id FROM contractor x WHERE x.code = ?::text)",
		"v.contractor_id = ANY (ARRAY(SELECT x.id FROM contractor x"
		" WHERE strpos(lower(x.code), lower(?::text)) > 0"
		" OR strpos(lower(x.name), lower(?::text)) > 0))",
	},
	[FILTER_RULE] = {
		"v.rule_key = ?::text",
		"v.rule_key <> ?::text",
		"v.rule_id = ANY (ARRAY(SELECT x.id FROM rule x"
		" WHERE strpos(lower(x.rule_key), lower(?::text)) > 0"
		" OR strpos(lower(x.title), lower(?::text)) > 0))",
	},
	[FILTER_OWNER] = { "v.owner = ?::text", "v.owner IS DISTINCT FROM ?::text",
			   "strpos(lower(v.owner), lower(?::text)) > 0" },
	[FILTER_SUBJECT] = { "v.subject = ?::text", "v.subject <> ?::text",
			     "strpos(lower(v.subject), lower(?::text)) > 0" },
	[FILTER_REQUIREMENT] = {
		"v.rule_id = ANY (ARRAY(SELECT x.id FROM rule x"
		" WHERE ?::text = ANY (x.requirements)))",
		"v.rule_id <> ALL (ARRAY(SELECT x.id FROM rule x"
		" WHERE ?::text = ANY (x.requirements)))",
		"v.rule_id = ANY (ARRAY(SELECT x.id FROM rule x WHERE EXISTS ("
		"SELECT FROM unnest(x.requirements) q WHERE strpos(lower(q), lower(?::text)) > 0)))",
	},
};

static void text_add(struct statement *statement, const struct filter_comparison *compare)
{
	const char *piece = text_pieces[compare->field].equal;

	if (compare->me) {
		statement_add(statement, compare->operator == FILTER_EQUAL ?
						 "v.owner = session_user" :
						 "v.owner IS DISTINCT FROM session_user");
		return;
	}
	if (compare->nobody) {
		statement_add(statement, compare->operator == FILTER_EQUAL ?
						 "v.owner IS NULL" :
						 "v.owner IS NOT NULL");
		return;
	}
	if (compare->operator == FILTER_DIFFERENT)
		piece = text_pieces[compare->field].different;
	else if (compare->operator == FILTER_CONTAINS)
		piece = text_pieces[compare->field].contains;
	statement_add_value(statement, piece, PG_TEXT(compare->text));
}

/* Flags -------------------------------------------------------------------------------- */

/* Exceptions that end before a moment, with the rules whose findings they may cover. */
#define ENDING_SQL                                                                       \
	" FROM exception x JOIN standard s ON s.name = x.standard"                       \
	" JOIN rule r ON r.standard_id = s.id AND x.requirement = ANY (r.requirements)"  \
	" WHERE x.valid_until > (SELECT moment()) AND x.valid_until < ?::timestamptz"

static const char *const flag_pieces[FILTER_FIELDS] = {
	[FILTER_PAUSED] = "v.clock_paused_at IS NOT NULL",
	[FILTER_DISPUTED] = "v.disputed",
	[FILTER_WAITS] = "v.pending_action IS NOT NULL",
	[FILTER_ENDED] = "v.state = ANY (" ENDED_STATES ")",
	[FILTER_SUPPRESSED] = "v.suppressed_until > (SELECT moment())",
	[FILTER_SUPPRESSION_ENDED] = "v.suppressed_until <= (SELECT moment())",
	[FILTER_EVIDENCE_GAP] = EVIDENCE_GAP_SQL,
	/* Where none is ending nothing is looked at, else only what one might cover. */
	[FILTER_EXCEPTION_ENDING] =
		"(SELECT EXISTS (SELECT" ENDING_SQL "))"
		" AND v.contractor_id = ANY (ARRAY(SELECT x.contractor_id" ENDING_SQL "))"
		" AND v.rule_id = ANY (ARRAY(SELECT r.id" ENDING_SQL "))"
		" AND " EXCEPTION_UNTIL_SQL " < ?::timestamptz",
};

static void flag_add(struct statement *statement, const struct filter_comparison *compare)
{
	bool yes = (compare->number != FILTER_NO) == (compare->operator == FILTER_EQUAL);

	statement_add(statement, yes ? "(" : "((");
	if (compare->field == FILTER_EXCEPTION_ENDING)
		statement_add_value(statement, flag_pieces[compare->field],
				    PG_MOMENT(compare->until));
	else
		statement_add(statement, flag_pieces[compare->field]);
	if (compare->number == FILTER_ME)
		statement_add(statement, " AND EXISTS (SELECT FROM act a"
					 " WHERE a.contractor_id = v.contractor_id"
					 " AND a.violation_id = v.id"
					 " AND a.number = v.pending_action"
					 " AND a.actor <> session_user)");
	statement_add(statement, yes ? ")" : ") IS NOT TRUE)");
}

/* Moments ------------------------------------------------------------------------------- */

static const struct {
	const char *before, *from;
} moment_pieces[FILTER_FIELDS] = {
	[FILTER_FIRST] = { "v.first_event < ?::timestamptz", "v.first_event >= ?::timestamptz" },
	[FILTER_LAST] = { "v.last_event < ?::timestamptz", "v.last_event >= ?::timestamptz" },
	[FILTER_OPENED] = { "v.opened_at < ?::timestamptz", "v.opened_at >= ?::timestamptz" },
	/* A clock that stands still has no time left that could be compared. */
	[FILTER_CLOCK] = { "(v.clock_paused_at IS NULL AND v.due < ?::timestamptz)",
			   "(v.clock_paused_at IS NULL AND v.due >= ?::timestamptz)" },
};

static void moment_add(struct statement *statement, const struct filter_comparison *compare)
{
	const char *before = moment_pieces[compare->field].before;
	const char *from = moment_pieces[compare->field].from;

	switch (compare->operator) {
	case FILTER_BELOW:
		statement_add_value(statement, before, PG_MOMENT(compare->from));
		break;
	case FILTER_AT_MOST:
		statement_add_value(statement, before, PG_MOMENT(compare->until));
		break;
	case FILTER_ABOVE:
		statement_add_value(statement, from, PG_MOMENT(compare->until));
		break;
	case FILTER_AT_LEAST:
		statement_add_value(statement, from, PG_MOMENT(compare->from));
		break;
	case FILTER_DIFFERENT:
		statement_add(statement, "(");
		statement_add_value(statement, before, PG_MOMENT(compare->from));
		statement_add(statement, " OR ");
		statement_add_value(statement, from, PG_MOMENT(compare->until));
		statement_add(statement, ")");
		break;
	case FILTER_EQUAL:
	case FILTER_CONTAINS:
		statement_add(statement, "(");
		statement_add_value(statement, from, PG_MOMENT(compare->from));
		statement_add(statement, " AND ");
		statement_add_value(statement, before, PG_MOMENT(compare->until));
		statement_add(statement, ")");
		break;
	}
}

/* The tree ---------------------------------------------------------------------------- */

static void comparison_add(struct statement *statement,
			   const struct filter_comparison *compare)
{
	switch (filter_describe(compare->field)->kind) {
	case FILTER_RANK:
	case FILTER_NUMBER:
		number_add(statement, compare);
		break;
	case FILTER_WORD:
	case FILTER_TEXT:
		text_add(statement, compare);
		break;
	case FILTER_FLAG:
		flag_add(statement, compare);
		break;
	case FILTER_MOMENT:
	case FILTER_TIME_LEFT:
		moment_add(statement, compare);
		break;
	}
}

void statement_add_filter(struct statement *statement, const struct filter_node *filter)
{
	if (!filter) {
		statement_add(statement, "true");
		return;
	}
	switch (filter->kind) {
	case FILTER_COMPARE:
		comparison_add(statement, &filter->compare);
		return;
	case FILTER_NOT:
		statement_add(statement, "((");
		statement_add_filter(statement, filter->left);
		statement_add(statement, ") IS NOT TRUE)");
		return;
	case FILTER_AND:
	case FILTER_OR:
		statement_add(statement, "(");
		statement_add_filter(statement, filter->left);
		statement_add(statement, filter->kind == FILTER_AND ? " AND " : " OR ");
		statement_add_filter(statement, filter->right);
		statement_add(statement, ")");
		return;
	}
}
