/* What was said of a rule, to people. */
#ifndef MUSTER_RULE_NOTICE_H
#define MUSTER_RULE_NOTICE_H

#include "sigma/sigma.h"

/* A sigma_notice_function: warnings and refusals, with file, line and column. */
void rule_notice_warn(void *context, const struct sigma_notice *notice);

#endif
