/* Files of rules: documents, actions, and what is said about them. */
#include "sigma/set.h"

#define SCRATCH_LIMIT (256u << 20)
#define WARNINGS_LIMIT 900
#define REASON_LIMIT 1024 /* of one */

/* A struct loading, and what was said of its document so far. */
struct saying {
	struct loading loading; /* first */
	enum sigma_severity severity;
	unsigned line, column;
	char reason[WARNINGS_LIMIT + REASON_LIMIT + 4];
};

static void say(struct loading *loading, enum sigma_severity severity,
		const struct tree *at, const char *format, va_list list)
{
	struct saying *saying = (struct saying *)loading;
	size_t length = strlen(saying->reason);
	char reason[REASON_LIMIT];

	if (severity < saying->severity)
		return;
	vsnprintf(reason, sizeof(reason), format, list);
	if (severity > saying->severity) {
		length = 0;
		saying->line = at ? at->line : 0;
		saying->column = at ? at->column : 0;
	} else if (severity == SIGMA_REFUSED || length > WARNINGS_LIMIT ||
		   strstr(saying->reason, reason)) {
		return; /* the first refusal is the reason; warnings are said once */
	}
	saying->severity = severity;
	snprintf(saying->reason + length, sizeof(saying->reason) - length, "%s%s",
		 length ? "; " : "", reason);
}

void refuse(struct loading *loading, const struct tree *at, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	say(loading, SIGMA_REFUSED, at, format, list);
	va_end(list);
	loading->refused = true;
}

void warn(struct loading *loading, const struct tree *at, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	say(loading, SIGMA_WARNING, at, format, list);
	va_end(list);
}

void *loading_memory(struct loading *loading)
{
	loading->memory = !loading->refused;
	return NULL;
}

static void tell(const struct saying *saying, const struct tree *document)
{
	const struct loading *loading = &saying->loading;
	struct sigma_notice notice = {
		.file = loading->file,
		.line = saying->line,
		.column = saying->column,
		.severity = saying->severity,
		.rule_id = loading->id,
		.rule_title = loading->title,
		.reason = saying->reason,
	};
	if (saying->severity == SIGMA_OK && document) {
		notice.line = document->line;
		notice.column = document->column;
	}
	if (loading->notice)
		loading->notice(loading->context, &notice);
}

/* A map with everything of both; what is in over wins, maps are merged deeply. */
static struct tree *merge(struct loading *loading, const struct tree *under,
			  struct tree *over)
{
	struct tree *both = arena_get(loading->scratch, sizeof(*both));
	if (!both)
		return loading_memory(loading);
	*both = *over;
	both->items =
		arena_get_many(loading->scratch, 2 * (under->count + over->count) + 1,
			       sizeof(struct tree *));
	if (!both->items)
		return loading_memory(loading);
	size_t n = 0;
	for (size_t i = 0; i < over->count; i++) {
		struct tree *key = over->items[2 * i], *value = over->items[2 * i + 1];
		struct tree *below = tree_get(under, key->text.bytes, NULL);
		if (below && below->kind == TREE_MAP && value->kind == TREE_MAP)
			value = merge(loading, below, value);
		if (!value)
			return NULL;
		both->items[2 * n] = key;
		both->items[2 * n++ + 1] = value;
	}
	for (size_t i = 0; i < under->count; i++) {
		if (tree_get(over, under->items[2 * i]->text.bytes, NULL))
			continue;
		both->items[2 * n] = under->items[2 * i];
		both->items[2 * n++ + 1] = under->items[2 * i + 1];
	}
	both->count = n;
	return both;
}

static struct tree *without_action(struct loading *loading, const struct tree *document)
{
	struct tree *rest = arena_get(loading->scratch, sizeof(*rest));
	if (!rest)
		return loading_memory(loading);
	*rest = *document;
	rest->items = arena_get_many(loading->scratch, 2 * document->count + 1,
				     sizeof(struct tree *));
	if (!rest->items)
		return loading_memory(loading);
	rest->count = 0;
	for (size_t i = 0; i < document->count; i++) {
		if (text_equal(document->items[2 * i]->text, TEXT("action")))
			continue;
		rest->items[2 * rest->count] = document->items[2 * i];
		rest->items[2 * rest->count++ + 1] = document->items[2 * i + 1];
	}
	return rest;
}

/* What "action: global" and "action: repeat" refer to. */
struct earlier {
	struct tree *global, *previous;
};

/*
 * The document to read after its action was heeded; NULL: none (an action
 * alone, refused, or out of memory).
 */
static struct tree *heed_action(struct loading *loading, struct tree *document,
				struct earlier *earlier)
{
	struct tree *action = tree_get(document, "action", NULL);
	if (action) {
		document = without_action(loading, document);
		if (!document)
			return NULL;
		if (text_equal(action->text, TEXT("global"))) {
			earlier->global = document;
			return NULL;
		}
		if (text_equal(action->text, TEXT("reset"))) {
			earlier->global = NULL;
			return NULL;
		}
		if (!text_equal(action->text, TEXT("repeat"))) {
			refuse(loading, action,
			       "'action' must be global, reset or repeat");
			return NULL;
		}
		if (!earlier->previous) {
			refuse(loading, action, "there is no rule before it to repeat");
			return NULL;
		}
		document = merge(loading, earlier->previous, document);
		if (!document)
			return NULL;
	}
	bool plain = !tree_get(document, "correlation", NULL) &&
		     !tree_get(document, "filter", NULL);
	if (plain)
		earlier->previous = document;
	return plain && earlier->global ? merge(loading, earlier->global, document)
					: document;
}

/* 1: refused; 0: not; negative: out of memory. */
static int add_document(struct saying *saying, struct tree *root, struct earlier *earlier)
{
	struct loading *loading = &saying->loading;
	struct tree *document = root;

	saying->severity = SIGMA_OK;
	saying->reason[0] = '\0';
	loading->id = loading->title = "";
	loading->refused = loading->memory = false;
	if (root->kind != TREE_MAP) {
		refuse(loading, root, "a rule must be a map");
	} else {
		document = heed_action(loading, root, earlier);
		if (!document && !loading->refused && !loading->memory)
			return 0;
		if (document)
			rule_read(loading, document);
	}
	if (loading->memory)
		return -ERR_MEMORY;
	tell(saying, document);
	return loading->refused;
}

int sigma_set_add(struct sigma_set *set, const char *file, struct text yaml,
		  sigma_notice_function *notice, void *context, struct err *err)
{
	CLEAN(arena) struct arena *scratch = arena_new(SCRATCH_LIMIT);
	struct tree_documents documents;
	struct earlier earlier = {0};
	struct saying saying = {.loading = {.set = set,
					    .scratch = scratch,
					    .notice = notice,
					    .context = context,
					    .id = "",
					    .title = ""}};
	int refused = 0;

	if (!scratch)
		return err_set(err, ERR_MEMORY, "out of memory reading %s", file);
	saying.loading.file = arena_string(set->arena, file);
	if (!saying.loading.file)
		return err_set(err, ERR_MEMORY, "out of memory reading %s", file);
	int result = tree_read(scratch, yaml, &documents, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < documents.count; i++) {
		result = add_document(&saying, documents.roots[i], &earlier);
		if (result < 0)
			return err_set(err, ERR_MEMORY, "out of memory reading %s", file);
		refused += result;
	}
	if (documents.broken || documents.count == 0) {
		struct tree place = {.line = documents.fault.line,
				     .column = documents.fault.column};
		saying.severity = SIGMA_OK;
		saying.loading.id = saying.loading.title = "";
		saying.reason[0] = '\0';
		refuse(&saying.loading, documents.broken ? &place : NULL, "%s",
		       documents.broken ? documents.fault.reason
					: "there is no rule in it");
		tell(&saying, NULL);
		refused++;
	}
	return refused;
}

const char *set_string(struct loading *loading, struct text t)
{
	struct text copy = arena_text(loading->set->arena, t);
	if (!copy.bytes)
		loading_memory(loading);
	return copy.bytes;
}
