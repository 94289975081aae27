/* The commands about rules; they need no instance and no database. */
#ifndef MUSTER_COMMAND_RULE_H
#define MUSTER_COMMAND_RULE_H

#include "muster/command.h"

extern const struct command_option command_rule_check_options[];
extern const struct command_option command_rule_test_options[];
extern const struct command_option command_rule_explain_options[];

/* One line a document; fails with ERR_NEGATIVE where one was refused. */
int command_rule_check(struct command_run *run, struct err *err);
/* One line a match; ERR_NEGATIVE where there is none. */
int command_rule_test(struct command_run *run, struct err *err);
/* How the rules were understood, in words. */
int command_rule_explain(struct command_run *run, struct err *err);

#endif
