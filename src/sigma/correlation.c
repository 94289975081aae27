#include "sigma/set.h"
bool correlation_read(struct loading *loading, const struct tree *document,
		      struct rule *rule, const struct tree *correlation)
{ (void)document; (void)rule; refuse(loading, correlation, "not yet"); return false; }
int sigma_set_link(struct sigma_set *set, sigma_notice_function *notice, void *context)
{ (void)set; (void)notice; (void)context; return 0; }
void correlation_explain(const struct sigma_set *set,
			 const struct sigma_correlation *correlation, struct buffer *out)
{ (void)set; (void)correlation; (void)out; }
