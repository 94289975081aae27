/* Correlations over the events of one "muster rule test". */
#ifndef MUSTER_RULE_CORRELATE_H
#define MUSTER_RULE_CORRELATE_H

#include "sigma/sigma.h"

struct rule_correlating;
/* set is linked. NULL when out of memory. */
struct rule_correlating *rule_correlating_new(const struct sigma_set *set);
void rule_correlating_free(struct rule_correlating *correlating);
/* Is there a correlation at all? */
bool rule_correlating_has_work(const struct rule_correlating *correlating);
/* Every event, before what it matched: how far do the logs reach? */
void rule_correlating_reach(struct rule_correlating *correlating, int64_t time);
/* An event rule matched. Keeps what the correlations will ask. */
int rule_correlating_add(struct rule_correlating *correlating, size_t rule,
			 const struct event *event, struct err *err) MUST_CHECK;

struct rule_run {
	const struct sigma_rule *rule;
	const char *const *group_by;
	const struct text *group;  /* group_count values */
	size_t group_count;
	int64_t first, last;
	uint64_t count;
};
typedef int rule_run_function(void *context, const struct rule_run *run, struct err *err);
/* After the last event: all runs of correlations that are findings. */
int rule_correlating_finish(struct rule_correlating *correlating, rule_run_function *run,
			    void *context, struct err *err) MUST_CHECK;

#endif
