/* The columns of struct store_violation, read the same way everywhere. */
#ifndef STORE_VIOLATION_ROW_H
#define STORE_VIOLATION_ROW_H

#include "store/violation.h"

/* Rules with the versions of standards that they belong to. */
#define RULES_SQL                                                                        \
	"WITH judged AS (SELECT r.id, r.standard_id, r.title, r.says, r.file, r.direct,"  \
	" r.requirements, s.name AS standard, encode(s.digest, 'hex') AS digest,"        \
	" x.explanation FROM rule r JOIN standard s ON s.id = r.standard_id"             \
	" LEFT JOIN correlation x ON x.id = r.correlation_id) "

/*
 * Of the exceptions that cover violation v now, the end of the one that ends
 * first: as in the score, of one of its rule's requirements, in force, and of
 * its rule and subject where it names any.
 */
#define EXCEPTION_UNTIL_SQL                                                              \
	"(SELECT min(x.valid_until) FROM exception x"                                    \
	"  JOIN exception_decision d ON d.contractor_id = x.contractor_id"               \
	"   AND d.exception_id = x.id AND d.decision = 'approved'"                       \
	"  JOIN rule xr ON xr.id = v.rule_id AND x.requirement = ANY (xr.requirements)"  \
	"  JOIN standard xs ON xs.id = xr.standard_id AND xs.name = x.standard"          \
	"  WHERE x.contractor_id = v.contractor_id"                                      \
	"  AND x.valid_from <= (SELECT moment()) AND x.valid_until > (SELECT moment())"  \
	"  AND (x.rule_key IS NULL OR x.rule_key = v.rule_key)"                          \
	"  AND (x.subject IS NULL OR x.subject = v.subject)"                             \
	"  AND NOT EXISTS (SELECT FROM exception_decision o"                             \
	"   WHERE o.contractor_id = x.contractor_id AND o.exception_id = x.id"           \
	"   AND o.decision = 'ended'))"
#define EVIDENCE_GAP_SQL "(v.evidence_rejected OR v.evidence_missing)"

/* count, first and last are the caller's: ", count, first, last"; also repeated. */
#define VIOLATION_SQL                                                                    \
	"SELECT v.contractor_id, v.id, v.number, c.code, c.name, v.rule_key, j.title,"   \
	" j.says, j.file, j.direct, j.requirements, v.points, j.standard_id, j.standard," \
	" j.digest, v.severity, v.state, v.subject_kind, v.subject, v.day, v.opened_at,"  \
	" v.due, v.owner, v.level, rtrim(j.explanation, E'\\n') || coalesce((SELECT"              \
	"  E'\\nfor this contractor: ' || t.said || ', set by ' || t.set_by FROM threshold t" \
	"  WHERE t.contractor_id = v.contractor_id AND t.rule_key = v.rule_key"         \
	"  AND t.number = v.threshold), ''), (SELECT o.number FROM violation o"      \
	"  WHERE o.contractor_id = v.contractor_id AND o.id = v.merged_into),"           \
	" v.version, v.clock_name, v.clock_party, v.clock_paused_at IS NOT NULL,"        \
	" v.disputed, (SELECT a.action FROM act a WHERE a.contractor_id = v.contractor_id" \
	"  AND a.violation_id = v.id AND a.number = v.pending_action), v.suppressed_until," \
	" " EVIDENCE_GAP_SQL ", " EXCEPTION_UNTIL_SQL

#define REPEATED_SQL                                                                     \
	", EXISTS (SELECT FROM violation o WHERE o.contractor_id = v.contractor_id"      \
	" AND o.subject_kind = v.subject_kind AND o.subject = v.subject"                 \
	" AND o.rule_key = v.rule_key AND o.last_event < v.first_event)"

#define VIOLATION_FROM_SQL                                                               \
	" FROM violation v JOIN judged j ON j.id = v.rule_id"                            \
	" JOIN contractor c ON c.id = v.contractor_id"

void store_violation_read(const struct pg_result *result, size_t row,
			  struct store_violation *ret);
/* Elements of a text[], at most most. Returns how many. */
size_t store_texts_read(const struct pg_result *result, size_t row, size_t column,
			struct text *ret, size_t most);
/* For store_pages(): hands every row of a page on. */
struct violation_rows {
	store_violation_function *row;
	void *context;
};
int store_violations_page(void *violation_rows, const struct pg_result *page, struct err *err);
/* Reads every row and hands it on. */
int store_violations_each(const struct pg_result *result, store_violation_function *row,
			  void *context, struct err *err);

#endif
