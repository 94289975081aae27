#include "writer/letters.h"
#include "casework/casework.h"

/* Lines of the contractor's logs that a notice points at. */
#define LINES_MOST 50

struct composing {
	struct pg *pg;
	const struct store_letter *letter;
	int64_t sent;
	struct arena *arena;
	struct buffer *out;
	uint32_t *ret_text_length;
	struct casework_notice_line lines[LINES_MOST];
	size_t line_count;
	struct casework_notice_requirement requirements[STORE_REQUIREMENTS];
	size_t requirement_count;
};

static int take_line(void *context, const struct store_line *row, struct err *err)
{
	struct composing *c = context;
	struct casework_notice_line line = {
		.delivery = arena_string(c->arena, row->name),
		.sha256 = arena_string(c->arena, row->evidence),
		.line = row->line,
		.offset = row->offset,
		.time = row->time,
	};

	if (!line.delivery || !line.sha256)
		return err_set(err, ERR_MEMORY, "letter");
	if (c->line_count < LINES_MOST)
		c->lines[c->line_count++] = line;
	return 0;
}

static int take_requirement(void *context, const struct store_requirement *row, struct err *err)
{
	struct composing *c = context;
	struct casework_notice_requirement requirement = {
		.id = arena_string(c->arena, row->id),
		.citation = arena_string(c->arena, row->citation),
		.title = arena_string(c->arena, row->title),
	};

	if (!requirement.id || !requirement.citation || !requirement.title)
		return err_set(err, ERR_MEMORY, "letter");
	if (c->requirement_count < STORE_REQUIREMENTS)
		c->requirements[c->requirement_count++] = requirement;
	return 0;
}

/* A notice, or a request for evidence, which speaks of the same. */
static int compose_notice(struct composing *c, const struct store_violation *violation,
			  struct err *err)
{
	static const char *const severities[] = { "informational", "low", "medium", "high",
						  "critical" };
	struct casework_notice notice = {
		.violation = violation->number,
		.contractor = violation->contractor,
		.contractor_name = violation->contractor_name,
		.standard = violation->standard,
		.standard_digest = violation->standard_digest,
		.rule = violation->rule,
		.rule_title = violation->rule_title,
		.rule_says = violation->rule_says,
		.severity = severities[violation->severity - 1],
		.subject_kind = violation->subject_kind,
		.subject = violation->subject,
		.count = violation->count,
		.first = violation->first,
		.last = violation->last,
		.sent = c->sent,
		.requirements = c->requirements,
		.lines = c->lines,
	};
	int r = store_violation_lines(c->pg, violation, LINES_MOST, take_line, c, err);

	if (r == 0)
		r = store_violation_requirements(c->pg, violation, take_requirement, c, err);
	if (r == 0)
		r = store_reply_due(c->pg, c->sent, violation->severity >= 4, &notice.due, err);
	if (r < 0)
		return r;
	notice.line_count = c->line_count;
	notice.requirement_count = c->requirement_count;
	if (c->letter->asked)
		casework_request_text(&notice, c->letter->asked, c->out);
	else
		casework_notice_text(&notice, c->out);
	*c->ret_text_length = (uint32_t)c->out->length;
	if (c->letter->asked)
		casework_request_json(&notice, c->letter->asked, c->out);
	else
		casework_notice_json(&notice, c->out);
	return 0;
}

static void compose_decision(struct composing *c, const struct store_violation *violation)
{
	const struct store_letter *letter = c->letter;
	const struct casework_decision decision = {
		.violation = letter->violation,
		.contractor = letter->contractor,
		.contractor_name = letter->contractor_name,
		.rule = violation->rule,
		.rule_title = violation->rule_title,
		.action = letter->action,
		.reason = letter->reason,
		.reason_meaning = letter->reason_meaning,
		.sanction = letter->sanction,
		.state = letter->state,
		.at = letter->at,
		.sent = c->sent,
		.due = letter->due,
	};

	casework_decision_text(&decision, c->out);
	*c->ret_text_length = (uint32_t)c->out->length;
	casework_decision_json(&decision, c->out);
}

static int compose(void *context, const struct store_violation *violation, struct err *err)
{
	struct composing *c = context;

	if (strcmp(c->letter->action, "notice") == 0 || c->letter->asked)
		return compose_notice(c, violation, err);
	compose_decision(c, violation);
	return 0;
}

int letter_compose(struct pg *pg, const struct store_letter *letter, int64_t sent,
		   struct buffer *out, uint32_t *ret_text_length, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(1 << 20);
	struct composing c = {
		.pg = pg,
		.letter = letter,
		.sent = sent,
		.arena = arena,
		.out = out,
		.ret_text_length = ret_text_length,
	};

	return arena ? store_violation(pg, letter->violation, compose, &c, err) :
		       err_set(err, ERR_MEMORY, "letter");
}
