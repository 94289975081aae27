#include "config/config.h"
#include "standard/standard.h"

#define ARENA_LIMIT (16u << 20)
#define REQUIREMENT_LIMIT 10000
#define LIST_LIMIT 1000
#define LIST_VALUE_LIMIT 10000
#define POINT_LIMIT 1000000

static const char *const observable_names[] = {
	[STANDARD_OBSERVABLE_NONE] = "none",
	[STANDARD_OBSERVABLE_INDIRECT] = "indirect",
	[STANDARD_OBSERVABLE_DIRECT] = "direct",
};
static const char *const plan_names[] = {
	[STANDARD_PLAN_NO] = "no",
	[STANDARD_PLAN_PARTIAL] = "partial",
	[STANDARD_PLAN_YES] = "yes",
};
static const char *const kind_names[] = {
	[STANDARD_BASIC] = "basic",
	[STANDARD_DERIVED] = "derived",
};
/* From the least; the place is the severity. */
static const char *const severity_names[] = {
	"", "informational", "low", "medium", "high", "critical",
};

const char *standard_observable_name(enum standard_observable observable)
{
	return observable_names[observable];
}

const char *standard_plan_name(enum standard_plan plan)
{
	return plan_names[plan];
}

const char *standard_kind_name(enum standard_kind kind)
{
	return kind_names[kind];
}

/* Reading members ------------------------------------------------------------------- */

/* One text of a fixed few; its place in names. */
static int read_choice(const struct config_node *group, const char *key,
		       const char *const *names, size_t count, int *ret_choice,
		       struct err *err)
{
	CLEAN(buffer) struct buffer expected;
	const char *text = NULL;
	int r = config_node_text(group, key, CONFIG_REQUIRED, &text, err);

	if (r < 0)
		return r;
	buffer_init(&expected, 1024);
	for (size_t i = 0; i < count; i++) {
		if (*text && strcmp(names[i], text) == 0) {
			*ret_choice = (int)i;
			return 0;
		}
		buffer_add_format(&expected, " %s", names[i]);
	}
	return config_node_error(group, err, "%s must be one of:%s", key, expected.data);
}

static int read_text(struct standard *standard, const struct config_node *group,
		     const char *key, enum config_presence presence,
		     const char **ret_text, struct err *err)
{
	const char *text = NULL;
	int r = config_node_text(group, key, presence, &text, err);

	if (r <= 0)
		return r;
	if (!*text)
		return config_node_error(group, err, "%s is empty", key);
	*ret_text = arena_string(standard->arena, text);
	if (!*ret_text)
		return err_set(err, ERR_MEMORY, "out of memory");
	return 1;
}

static int read_number(const struct config_node *group, const char *key,
		       enum config_presence presence, int least, int most,
		       int *ret_number, struct err *err)
{
	int64_t number = 0;
	int r = config_node_number(group, key, presence, least, most, &number, err);

	if (r > 0)
		*ret_number = (int)number;
	return r < 0 ? r : 0;
}

/* Requirements ------------------------------------------------------------------------
 */

/* What the requirements of one file share while they are read. */
struct reading {
	struct standard *standard;
	const struct config_node *root;
	const char *citation;
	const char *cmmc; /* or NULL */
	struct standard_requirement *requirements;
	size_t room;
	const char *family, *family_title;
};

static int read_values(const struct config_node *node,
		       struct standard_requirement *requirement, struct err *err)
{
	int r = read_number(node, "weight", CONFIG_OPTIONAL, 1, POINT_LIMIT,
			    &requirement->weight, err);

	if (r == 0)
		r = read_number(node, "partial", CONFIG_OPTIONAL, 1, POINT_LIMIT,
				&requirement->weight_partial, err);
	if (r < 0)
		return r;
	if (requirement->weight_partial > 0 &&
	    requirement->weight_partial >= requirement->weight)
		return config_node_error(node, err, "partial must be less than weight");
	if (requirement->plan == STANDARD_PLAN_PARTIAL &&
	    requirement->weight_partial == 0)
		return config_node_error(node, err,
					 "plan = \"partial\" needs a partial value");
	return 0;
}

static int read_kinds(const struct config_node *node,
		      struct standard_requirement *requirement, struct err *err)
{
	int kind = 0, observable = 0, plan = 0;
	int r = read_choice(node, "kind", kind_names, ARRAY_LENGTH(kind_names), &kind,
			    err);

	if (r == 0)
		r = read_choice(node, "observable", observable_names,
				ARRAY_LENGTH(observable_names), &observable, err);
	if (r == 0)
		r = read_choice(node, "plan", plan_names, ARRAY_LENGTH(plan_names), &plan,
				err);
	requirement->kind = (enum standard_kind)kind;
	requirement->observable = (enum standard_observable)observable;
	requirement->plan = (enum standard_plan)plan;
	return r;
}

/* "because" names a reason of the list of reasons, unless a plan is allowed. */
static int read_reason(const struct reading *reading, const struct config_node *node,
		       struct standard_requirement *requirement, struct err *err)
{
	bool needed = requirement->plan != STANDARD_PLAN_YES;
	const struct config_node *reasons = NULL;
	const char *key = NULL;
	int r = config_node_text(node, "because",
				 needed ? CONFIG_REQUIRED : CONFIG_OPTIONAL, &key, err);

	if (r <= 0)
		return r;
	if (!needed)
		return config_node_error(node, err,
					 "because has no place where plan is yes");
	r = config_node_group(reading->root, "reasons", CONFIG_REQUIRED, &reasons, err);
	if (r < 0)
		return r;
	r = read_text(reading->standard, reasons, key, CONFIG_OPTIONAL,
		      &requirement->plan_reason, err);
	if (r == 0)
		return config_node_error(node, err, "\"%s\" is not among the reasons",
					 key);
	return r < 0 ? r : 0;
}

static int make_names(const struct reading *reading,
		      struct standard_requirement *requirement, struct err *err)
{
	struct arena *arena = reading->standard->arena;

	requirement->family = reading->family;
	requirement->family_title = reading->family_title;
	requirement->citation =
		arena_format(arena, "%s%s", reading->citation, requirement->id);
	if (reading->cmmc)
		requirement->cmmc = arena_format(arena, "%s.%s%s", reading->family,
						 reading->cmmc, requirement->id);
	if (!requirement->citation || (reading->cmmc && !requirement->cmmc))
		return err_set(err, ERR_MEMORY, "out of memory");
	return 0;
}

static int add_to_places(struct standard *standard, const struct config_node *node,
			 const struct standard_requirement *requirement, struct err *err)
{
	bool is_new = false;
	union map_value *place =
		map_add(&standard->places, text_of(requirement->id), &is_new);

	if (!place)
		return err_set(err, ERR_MEMORY, "out of memory");
	if (!is_new)
		return config_node_error(node, err, "%s is given twice", requirement->id);
	place->number = ++standard->requirement_count;
	return 0;
}

static int read_requirement(struct reading *reading, const struct config_node *node,
			    struct err *err)
{
	/* clang-format off */
	static const char *const keys[] = {
		"id", "kind", "weight", "partial", "observable", "plan", "because", "note",
		"title", NULL };
	/* clang-format on */
	struct standard *standard = reading->standard;
	struct standard_requirement *requirement;
	int r;

	if (standard->requirement_count == reading->room)
		return config_node_error(node, err, "more than %d requirements",
					 REQUIREMENT_LIMIT);
	requirement = &reading->requirements[standard->requirement_count];
	if (!config_node_is_group(node))
		return config_node_error(node, err,
					 "a requirement must be a group: { ... }");
	if ((r = config_node_check(node, keys, err)) < 0 ||
	    (r = read_text(standard, node, "id", CONFIG_REQUIRED, &requirement->id,
			   err)) < 0 ||
	    (r = read_text(standard, node, "title", CONFIG_REQUIRED, &requirement->title,
			   err)) < 0 ||
	    (r = read_text(standard, node, "note", CONFIG_OPTIONAL, &requirement->note,
			   err)) < 0 ||
	    (r = read_kinds(node, requirement, err)) < 0 ||
	    (r = read_values(node, requirement, err)) < 0 ||
	    (r = read_reason(reading, node, requirement, err)) < 0 ||
	    (r = make_names(reading, requirement, err)) < 0)
		return r;
	return add_to_places(standard, node, requirement, err);
}

static int read_family(struct reading *reading, const struct config_node *family,
		       struct err *err)
{
	static const char *const keys[] = {"code", "title", "citation", "requirements", NULL};
	const struct config_node *list = NULL;
	const char *of_standard = reading->citation;
	int r;

	if (!config_node_is_group(family))
		return config_node_error(family, err,
					 "a family must be a group: { ... }");
	if ((r = config_node_check(family, keys, err)) < 0 ||
	    (r = read_text(reading->standard, family, "code", CONFIG_REQUIRED,
			   &reading->family, err)) < 0 ||
	    (r = read_text(reading->standard, family, "title", CONFIG_REQUIRED,
			   &reading->family_title, err)) < 0 ||
	    (r = read_text(reading->standard, family, "citation", CONFIG_OPTIONAL,
			   &reading->citation, err)) < 0 ||
	    (r = config_node_list(family, "requirements", CONFIG_REQUIRED, &list, err)) <
		    0)
		return r;
	for (size_t i = 0; i < config_node_count(list); i++) {
		r = read_requirement(reading, config_node_at(list, i), err);
		if (r < 0)
			return r;
	}
	reading->citation = of_standard;
	return 0;
}

bool standard_has_values(const struct standard *standard)
{
	return standard->maximum != standard->floor;
}

static size_t count_requirements(const struct config_node *families)
{
	size_t count = 0;

	for (size_t i = 0; i < config_node_count(families); i++) {
		const struct config_node *family = config_node_at(families, i),
					 *list = NULL;

		if (config_node_is_group(family) &&
		    config_node_list(family, "requirements", CONFIG_OPTIONAL, &list,
				     NULL) > 0)
			count += config_node_count(list);
	}
	return count < REQUIREMENT_LIMIT ? count : REQUIREMENT_LIMIT;
}

static int read_families(struct reading *reading, struct err *err)
{
	const struct config_node *families = NULL;
	int r = config_node_list(reading->root, "families", CONFIG_REQUIRED, &families,
				 err);

	if (r < 0)
		return r;
	reading->room = count_requirements(families);
	if (reading->room == 0)
		return config_node_error(families, err, "there is no requirement");
	reading->requirements = arena_get_many(reading->standard->arena, reading->room,
					       sizeof(*reading->requirements));
	if (!reading->requirements)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < config_node_count(families); i++) {
		r = read_family(reading, config_node_at(families, i), err);
		if (r < 0)
			return r;
	}
	reading->standard->requirements = reading->requirements;
	return 0;
}

/* Lists ------------------------------------------------------------------------------- */

static int read_list_values(struct standard *standard, const struct config_node *values,
			    struct standard_list *list, struct err *err)
{
	size_t count = config_node_count(values);
	struct text *copies;

	if (count == 0 || count > LIST_VALUE_LIMIT)
		return config_node_error(values, err, "a list has 1 to %d values",
					 LIST_VALUE_LIMIT);
	copies = arena_get_many(standard->arena, count, sizeof(*copies));
	for (size_t i = 0; copies && i < count; i++) {
		const struct config_node *value = config_node_at(values, i);

		if (!config_node_is_text(value))
			return config_node_error(
				value, err, "a value must be a text in double quotes");
		copies[i] = arena_text(standard->arena, text_of(config_node_as_text(value)));
		if (!copies[i].bytes)
			copies = NULL;
	}
	if (!copies)
		return err_set(err, ERR_MEMORY, "out of memory");
	list->values = copies;
	list->count = count;
	return 0;
}

static int read_list(struct standard *standard, const struct config_node *node,
		     struct standard_list *list, struct err *err)
{
	static const char *const keys[] = {"name", "values", NULL};
	const struct config_node *values = NULL;
	const char *name = NULL;
	int r;

	if (!config_node_is_group(node))
		return config_node_error(node, err, "a list must be a group: { ... }");
	if ((r = config_node_check(node, keys, err)) < 0 ||
	    (r = read_text(standard, node, "name", CONFIG_REQUIRED, &name, err)) < 0 ||
	    (r = config_node_list(node, "values", CONFIG_REQUIRED, &values, err)) < 0)
		return r;
	list->name = text_of(name);
	for (size_t i = 0; i < list->name.length; i++)
		if (!is_alnum(name[i]) && !strchr("_-.", name[i]))
			return config_node_error(
				node, err,
				"the name of a list has letters, digits and _-. only");
	for (const struct standard_list *other = standard->lists; other < list; other++)
		if (text_equal(other->name, list->name))
			return config_node_error(node, err, "list %s is given twice", name);
	return read_list_values(standard, values, list, err);
}

static int read_lists(struct standard *standard, const struct config_node *root,
		      struct err *err)
{
	const struct config_node *node = NULL;
	struct standard_list *lists;
	int r = config_node_list(root, "lists", CONFIG_OPTIONAL, &node, err);

	if (r <= 0)
		return r;
	size_t count = config_node_count(node);
	if (count > LIST_LIMIT)
		return config_node_error(node, err, "more than %d lists", LIST_LIMIT);
	lists = arena_get_many(standard->arena, count + 1, sizeof(*lists));
	if (!lists)
		return err_set(err, ERR_MEMORY, "out of memory");
	standard->lists = lists;
	for (size_t i = 0; i < count; i++) {
		r = read_list(standard, config_node_at(node, i), &lists[i], err);
		if (r < 0)
			return r;
	}
	standard->list_count = count;
	return 0;
}

/* The whole
 * ------------------------------------------------------------------------------ */

static int read_terms(struct standard *standard, const struct config_node *root,
		      struct err *err)
{
	static const char *const conditional_keys[] = {"score", "days", NULL};
	static const char *const indicated_keys[] = {"dates", "days", "at_once", NULL};
	const struct config_node *conditional = NULL, *indicated = NULL;
	int r;

	if ((r = config_node_group(root, "conditional", CONFIG_REQUIRED, &conditional,
				   err)) < 0 ||
	    (r = config_node_check(conditional, conditional_keys, err)) < 0 ||
	    (r = read_number(conditional, "score", CONFIG_REQUIRED, standard->floor,
			     standard->maximum, &standard->conditional_score, err)) < 0 ||
	    (r = read_number(conditional, "days", CONFIG_REQUIRED, 1, 36500,
			     &standard->conditional_days, err)) < 0 ||
	    (r = config_node_group(root, "indicated", CONFIG_REQUIRED, &indicated, err)) <
		    0 ||
	    (r = config_node_check(indicated, indicated_keys, err)) < 0 ||
	    (r = read_number(indicated, "dates", CONFIG_REQUIRED, 1, 36500,
			     &standard->indicated_dates, err)) < 0 ||
	    (r = read_number(indicated, "days", CONFIG_REQUIRED,
			     standard->indicated_dates, 36500, &standard->indicated_days,
			     err)) < 0)
		return r;
	return read_choice(indicated, "at_once", severity_names,
			   ARRAY_LENGTH(severity_names), &standard->indicated_at_once,
			   err);
}

static int read_head(struct reading *reading, struct err *err)
{
	/* clang-format off */
	static const char *const keys[] = {
		"name", "title", "version", "citation", "cmmc", "maximum", "floor",
		"conditional", "indicated", "reasons", "lists", "families", NULL };
	/* clang-format on */
	struct standard *standard = reading->standard;
	const struct config_node *root = reading->root;
	int r;

	if ((r = config_node_check(root, keys, err)) < 0 ||
	    (r = read_text(standard, root, "name", CONFIG_REQUIRED, &standard->name,
			   err)) < 0 ||
	    (r = read_text(standard, root, "title", CONFIG_REQUIRED, &standard->title,
			   err)) < 0 ||
	    (r = read_text(standard, root, "version", CONFIG_REQUIRED, &standard->version,
			   err)) < 0 ||
	    (r = read_text(standard, root, "citation", CONFIG_REQUIRED,
			   &reading->citation, err)) < 0 ||
	    (r = read_text(standard, root, "cmmc", CONFIG_OPTIONAL, &reading->cmmc,
			   err)) < 0 ||
	    (r = read_number(root, "maximum", CONFIG_REQUIRED, -POINT_LIMIT, POINT_LIMIT,
			     &standard->maximum, err)) < 0 ||
	    (r = read_number(root, "floor", CONFIG_REQUIRED, -POINT_LIMIT,
			     standard->maximum, &standard->floor, err)) < 0)
		return r;
	return read_terms(standard, root, err);
}

static int check_sum(const struct standard *standard, const struct config_node *root,
		     struct err *err)
{
	int64_t sum = 0;

	for (size_t i = 0; i < standard->requirement_count; i++)
		sum += standard->requirements[i].weight;
	if (standard->maximum - sum != standard->floor)
		return config_node_error(
			root, err,
			"the values add up to %lld, but maximum less floor is %d",
			(long long)sum, standard->maximum - standard->floor);
	return 0;
}

static int read_all(const char *origin, struct text content, struct standard *standard,
		    struct err *err)
{
	CLEAN(config_tree) struct config_tree *tree = NULL;
	char *name = arena_format(standard->arena, "%s/standard.cfg", origin);
	struct reading reading = {.standard = standard};
	int r;

	if (!name)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = config_tree_parse(name, content, &tree, err);
	if (r < 0)
		return r;
	reading.root = config_tree_root(tree);
	if ((r = read_head(&reading, err)) < 0 ||
	    (r = read_lists(reading.standard, reading.root, err)) < 0 ||
	    (r = read_families(&reading, err)) < 0)
		return r;
	return check_sum(standard, reading.root, err);
}

static struct standard *standard_new(void)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct standard *standard = arena ? arena_get(arena, sizeof(*standard)) : NULL;

	if (!standard) {
		arena_free(arena);
		return NULL;
	}
	standard->arena = arena;
	map_init(&standard->places);
	return standard;
}

int standard_parse(const char *origin, struct text bundle, struct standard **ret_standard,
		   struct err *err)
{
	CLEAN(standard) struct standard *standard = NULL;
	struct text content;
	int r = standard_bundle_find(bundle, TEXT("standard.cfg"), &content, err);

	if (r < 0)
		return err_prefix(err, "%s", origin);
	if (r == 0)
		return err_set(err, ERR_SYNTAX, "%s: there is no standard.cfg", origin);
	standard = standard_new();
	if (!standard)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = read_all(origin, content, standard, err);
	if (r < 0)
		return r;
	*ret_standard = standard;
	standard = NULL;
	return 0;
}

void standard_free(struct standard *standard)
{
	if (!standard)
		return;
	map_done(&standard->places);
	arena_free(standard->arena);
}

void standard_clean(struct standard **standard)
{
	standard_free(*standard);
}

const struct standard_requirement *
standard_requirement_find(const struct standard *standard, struct text id)
{
	const union map_value *place = map_find(&standard->places, id);

	return place ? &standard->requirements[place->number - 1] : NULL;
}
