/*
 * desk: the full-screen view of the queue, as a state that keys change and
 * that is drawn into lines. It knows no terminal and no database: a key is
 * answered with a wish, which whoever runs the desk fulfils and tells about.
 *
 *	struct desk_wish wish = desk_key(desk, 'j');
 *	if (wish.kind == DESK_SHOW) … desk_set_detail(desk, text);
 *	desk_draw(desk, 80, 24, &screen);
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "base/base.h"
#include "casework/casework.h"

#define DESK_ROWS_MOST 5000u
#define DESK_WIDTH_MOST 400u
#define DESK_HEIGHT_MOST 200u
#define DESK_WIDTH_LEAST 40u
#define DESK_HEIGHT_LEAST 12u
#define DESK_WORDS 1024          /* bytes of one line that is typed */

/* What a key is, besides the characters (code points of Unicode). */
enum desk_special_key {
	DESK_KEY_ENTER = '\r',
	DESK_KEY_ESCAPE = 27,
	DESK_KEY_BACKSPACE = 127,
	DESK_KEY_UP = 0x110000,
	DESK_KEY_DOWN,
	DESK_KEY_PAGE_UP,
	DESK_KEY_PAGE_DOWN,
	DESK_KEY_HOME,
	DESK_KEY_END,
};

/* A violation of the list. Texts are put in with desk_text(). */
struct desk_row {
	int32_t contractor_id;
	int64_t id;
	int64_t version;
	char number[24];
	int severity;                  /* 1 to 5 */
	char severity_words[12];       /* "CRIT !!!" */
	char clock[32];                /* "US 1d 04h" */
	int points;
	char contractor[40], rule[48], title[160], subject[160];
	int64_t count;
	int64_t first;                 /* moment */
	enum casework_state state;
	char state_words[80];          /* with flags */
	char owner[64];                /* "" when free */
	char marking[20];
	int level;                     /* of the marking; 0: unknown */
	bool pending;                  /* waits for a second person */
	/* The desk's own: */
	bool selected, done;
};
/* Bytes from outside, made safe for a terminal and cut to size. */
void desk_text(char *ret, size_t size, struct text t);

/* A violation that an act is about. */
struct desk_target {
	int32_t contractor_id;
	int64_t id, version;
	char number[24];
};

enum desk_view { DESK_VIEW_CASE, DESK_VIEW_HISTORY, DESK_VIEW_RAW, DESK_VIEW_WHY };

enum desk_wish_kind {
	DESK_NOTHING,
	DESK_QUIT,
	DESK_SHOW,             /* the row under the cursor in a view: desk_set_detail() */
	DESK_RELOAD,           /* the list for the filter: desk_load() */
	DESK_MORE,             /* rows behind the last one: desk_append() */
	DESK_SAVED,            /* saved filters: desk_set_saved() */
	DESK_ACT,              /* on one target: desk_acted() or desk_refused() */
	DESK_PREVIEW,          /* an act on many: desk_set_preview() or desk_refused() */
	DESK_DO,               /* what was previewed: desk_done() or desk_refused() */
};

/* Texts are the desk's and live until the next key. */
struct desk_wish {
	enum desk_wish_kind kind;
	enum desk_view view;
	const char *filter;            /* RELOAD, and PREVIEW of all matching */
	/* ACT and PREVIEW: */
	enum casework_action action;
	const char *reason, *note;     /* or NULL */
	const char *data;              /* JSON object */
	struct desk_target target;     /* ACT */
	const struct desk_target *targets;     /* PREVIEW; NULL: all matching */
	size_t target_count;
	int64_t expect;                /* DO: what the person typed; 0: nothing had to be */
};

struct desk;
/* person: whose desk it is. NULL when out of memory. */
struct desk *desk_new(const char *person, const char *filter);
void desk_free(struct desk *desk);                     /* NULL is allowed */
void desk_clean(struct desk **desk);                   /* for CLEAN(desk) */

struct desk_wish desk_key(struct desk *desk, int key);

/*
 * From now on the key does what does says, one of desk_keys(), and no more
 * what it did; 0: nothing. Only where keys act, never where words are typed.
 * False: it is no printable character of ASCII, or there is no such key.
 */
bool desk_key_set(struct desk *desk, int key, int does) MUST_CHECK;
/* No character acts any more; Enter opens a menu of all that can be done. */
void desk_keys_off(struct desk *desk);

/* Answers ---------------------------------------------------------------------------- */

/*
 * A new list, from its beginning. matching: how many there are in all. The
 * cursor stays with its violation where that is still there.
 */
void desk_load(struct desk *desk, const char *filter, int64_t matching);
/* False where the desk is full. */
bool desk_append(struct desk *desk, const struct desk_row *row);
/* After desk_load() and its rows: whether there are more behind them. */
void desk_loaded(struct desk *desk, bool more);
/* So many have come since the list was loaded; they move no row. */
void desk_set_new(struct desk *desk, int64_t count);
/* Lines that are safe for a terminal. */
void desk_set_detail(struct desk *desk, struct text lines);
/* The filter was not understood: it can be typed again. */
void desk_filter_refused(struct desk *desk, const char *why);
/* A saved filter to choose from; then desk_saved_end(). */
void desk_saved_add(struct desk *desk, const char *name, const char *filter);
void desk_saved_end(struct desk *desk);

/* The act was done. row: the violation as it is now, or NULL where it is no longer seen. */
void desk_acted(struct desk *desk, const struct desk_row *row, bool waits);
/* Nothing was done; words say why, who and when. row: as it is now, or NULL. */
void desk_refused(struct desk *desk, const char *words, const struct desk_row *row);
/* What an act on many would do. count: that would be done; lines: exclusions, effects. */
void desk_set_preview(struct desk *desk, int64_t count, bool expect, struct text lines);
/* It was done. lines: those that were skipped, and why. */
void desk_done(struct desk *desk, int64_t done, int64_t skipped, struct text lines);
/* Anything else to be said on the status line. */
void desk_say(struct desk *desk, const char *words);

/* Looking ------------------------------------------------------------------------------- */

/* The detail is not that of the row under the cursor: show it when there is time. */
bool desk_wants_detail(const struct desk *desk, enum desk_view *ret_view);
/* The row under the cursor, or NULL. */
const struct desk_row *desk_current(const struct desk *desk);
size_t desk_row_count(const struct desk *desk);
const char *desk_filter(const struct desk *desk);

enum desk_look { DESK_PLAIN, DESK_STRONG, DESK_CURSOR, DESK_FAINT, DESK_GRAVE, DESK_SERIOUS };
struct desk_screen {
	unsigned width, height;
	struct desk_line {
		enum desk_look look;
		struct buffer text;        /* width columns at most */
	} lines[DESK_HEIGHT_MOST];
	int cursor_line, cursor_column;        /* of what is typed; -1: none */
};
void desk_screen_init(struct desk_screen *screen);
void desk_screen_done(struct desk_screen *screen);
/* width and height are brought into the bounds above. */
void desk_draw(struct desk *desk, unsigned width, unsigned height, struct desk_screen *screen);

/* The keys, for the menu and the manual page. */
struct desk_key_words {
	int key;
	const char *keys, *does;       /* as they are written */
};
const struct desk_key_words *desk_keys(size_t *ret_count);

#endif
