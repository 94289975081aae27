/* What acts take on the command line: a reason, a note, and arguments. */
#ifndef MUSTER_ACT_ARGUMENTS_H
#define MUSTER_ACT_ARGUMENTS_H

#include "casework/casework.h"
#include "muster/command.h"

#define ACT_OPTION(identifier, name, placeholder, reason, meaning)                       \
	{ name, 0, sizeof(placeholder) > 1 ? placeholder : NULL,                          \
	  CASEWORK_ARGUMENT_##identifier == CASEWORK_ARGUMENT_MILESTONES ?                \
		  COMMAND_REPEATED : 0, meaning },
#define ACT_OPTIONS                                                                      \
	{ "reason", 'r', "CODE", 0, "why: a code of the action's list of reasons" },     \
	CASEWORK_ARGUMENTS(ACT_OPTION)

/* Those that were given, but for reason and note, as a JSON object. */
int act_arguments(struct command_run *run, struct buffer *data, struct err *err) MUST_CHECK;

#endif
