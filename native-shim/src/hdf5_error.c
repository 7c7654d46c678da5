#include "hdf5_error.h"
#include "symbol.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdbool.h>
#include <stdio.h>

/* More calls of HDF5's in one another than there are between a public function and its printer. */
#define MAXIMUM_FRAMES 32

typedef herr_t (*push_function)(hid_t, const char *, const char *, unsigned, hid_t, hid_t, hid_t,
                                const char *, ...);

/* HDF5 keeps the identifiers of its error classes and messages in variables named so: H5E_VOL_g. */
static hid_t
error_id(void *library, const char *name)
{
    char symbol[64];
    snprintf(symbol, sizeof(symbol), "%s_g", name);
    const hid_t *id = vol_sparse_symbol(library, symbol);
    return id == NULL ? H5I_INVALID_HID : *id;
}

void
vol_sparse_push_error(void *library, const char *function, const char *major, const char *minor,
                      const char *message)
{
    push_function push = NULL;
    *(void **)&push    = dlsym(library, "H5Epush2");
    if (push == NULL) {
        fprintf(stderr, "vol-sparse: %s: %s\n", function, message);
        return;
    }
    push(H5E_DEFAULT, "vol-sparse", function, 0, error_id(library, "H5E_ERR_CLS"),
         error_id(library, major), error_id(library, minor), "%s", message);
}

/* A copy of an error stack while it is made, with an entry before the others. */
struct explanation {
    hid_t         stack;
    push_function push;
    const char   *function;
    const char   *message;
};

/* Copies an entry of a walk, which begins with the innermost one. */
static herr_t
copy_entry(unsigned number, const H5E_error2_t *entry, void *data)
{
    const struct explanation *copy        = data;
    const char               *description = entry->desc == NULL ? "" : entry->desc;
    if (number == 0)
        copy->push(copy->stack, "vol-sparse", copy->function, 0, entry->cls_id, entry->maj_num,
                   entry->min_num, "%s: %s", copy->message, description);
    copy->push(copy->stack, entry->file_name, entry->func_name, entry->line, entry->cls_id,
               entry->maj_num, entry->min_num, "%s", description);
    return 0;
}

void
vol_sparse_explain_error(void *library, const char *function, const char *message)
{
    hid_t (*take)(void)                                         = NULL;
    hid_t (*create)(void)                                       = NULL;
    herr_t (*set)(hid_t)                                        = NULL;
    herr_t (*close)(hid_t)                                      = NULL;
    ssize_t (*count)(hid_t)                                     = NULL;
    herr_t (*walk)(hid_t, H5E_direction_t, H5E_walk2_t, void *) = NULL;
    struct explanation copy = {.function = function, .message = message};
    *(void **)&take         = dlsym(library, "H5Eget_current_stack");
    *(void **)&create       = dlsym(library, "H5Ecreate_stack");
    *(void **)&set          = dlsym(library, "H5Eset_current_stack");
    *(void **)&close        = dlsym(library, "H5Eclose_stack");
    *(void **)&count        = dlsym(library, "H5Eget_num");
    *(void **)&walk         = dlsym(library, "H5Ewalk2");
    *(void **)&copy.push    = dlsym(library, "H5Epush2");
    hid_t told              = take == NULL ? H5I_INVALID_HID : take();
    if (told >= 0 && count(told) > 0 && (copy.stack = create()) >= 0) {
        walk(told, H5E_WALK_UPWARD, copy_entry, &copy);
        close(told);
        set(copy.stack); /* closes it, too */
        return;
    }
    if (told >= 0)
        set(told);
    vol_sparse_push_error(library, function, "H5E_VOL", "H5E_CANTOPERATE", message);
}

struct description {
    char  *text;
    size_t size;
};

/* Takes the first entry of a walk, which begins with the innermost one, and ends the walk. */
static herr_t
take_description(unsigned number, const H5E_error2_t *entry, void *data)
{
    struct description *description = data;
    (void)number;
    snprintf(description->text, description->size, "%s: %s",
             entry->func_name == NULL ? "" : entry->func_name,
             entry->desc == NULL ? "" : entry->desc);
    return 1;
}

void
vol_sparse_last_error(void *library, char *text, size_t size)
{
    herr_t (*walk)(hid_t, H5E_direction_t, H5E_walk2_t, void *) = NULL;
    struct description description                              = {.text = text, .size = size};
    *text                                                       = '\0';
    *(void **)&walk                                             = dlsym(library, "H5Ewalk2");
    if (walk != NULL)
        walk(H5E_DEFAULT, H5E_WALK_UPWARD, take_description, &description);
}

struct printing
vol_sparse_printing(void *library, uintptr_t low, uintptr_t high)
{
    struct printing printing  = {.low = low, .high = high};
    *(void **)&printing.is_v2 = dlsym(library, "H5Eauto_is_v2");
    *(void **)&printing.get2  = dlsym(library, "H5Eget_auto2");
    *(void **)&printing.set2  = dlsym(library, "H5Eset_auto2");
    *(void **)&printing.get1  = dlsym(library, "H5Eget_auto1");
    *(void **)&printing.set1  = dlsym(library, "H5Eset_auto1");
    return printing;
}

/*
 * Whether the function of HDF5 that is about to print was called by the connector: from here, or
 * from code that is in no file, as that which Java makes.
 */
static bool
is_call_of_connector(const struct printing *printing)
{
    void   *frames[MAXIMUM_FRAMES];
    int     count  = backtrace(frames, MAXIMUM_FRAMES);
    bool    inside = false;
    Dl_info own, caller;
    for (int i = 0; i < count; i++) {
        uintptr_t frame = (uintptr_t)frames[i];
        if (frame >= printing->low && frame < printing->high)
            inside = true;
        else if (inside)
            return dladdr(frames[i], &caller) == 0 ||
                   (dladdr((void *)(intptr_t)&is_call_of_connector, &own) != 0 &&
                    caller.dli_fbase == own.dli_fbase);
    }
    return true;
}

/* What HDF5 calls in place of the program's printer. */
static herr_t
print2(hid_t stack, void *data)
{
    const struct printer *printer = data;
    if (is_call_of_connector(printer->printing))
        return 0;
    return printer->function2(stack, printer->data);
}

/* The same for a printer set by the functions of HDF5 1.6. */
static herr_t
print1(void *data)
{
    const struct printer *printer = data;
    if (is_call_of_connector(printer->printing))
        return 0;
    return printer->function1(printer->data);
}

void
vol_sparse_stop_printing(const struct printing *printing, struct printer *printer)
{
    unsigned is_v2 = 0;
    *printer       = (struct printer){.printing = printing};
    if (printing->is_v2(H5E_DEFAULT, &is_v2) < 0)
        return;
    if (is_v2) {
        if (printing->get2(H5E_DEFAULT, &printer->function2, &printer->data) < 0 ||
            printer->function2 == print2) /* stopped already, by a callback around this one */
            printer->function2 = NULL;
        if (printer->function2 != NULL)
            printing->set2(H5E_DEFAULT, print2, printer);
    } else if (printing->get1 != NULL && printing->set1 != NULL) {
        if (printing->get1(&printer->function1, &printer->data) < 0 || printer->function1 == print1)
            printer->function1 = NULL;
        if (printer->function1 != NULL)
            printing->set1(print1, printer);
    }
}

void
vol_sparse_resume_printing(const struct printer *printer)
{
    const struct printing *printing = printer->printing;
    H5E_auto2_t            now2     = NULL;
    H5E_auto1_t            now1     = NULL;
    void                  *data     = NULL;
    unsigned               is_v2    = 0;
    if ((printer->function2 == NULL && printer->function1 == NULL) ||
        printing->is_v2(H5E_DEFAULT, &is_v2) < 0)
        return;
    if (is_v2 && printer->function2 != NULL) {
        if (printing->get2(H5E_DEFAULT, &now2, &data) >= 0 && now2 == print2 && data == printer)
            printing->set2(H5E_DEFAULT, printer->function2, printer->data);
    } else if (!is_v2 && printer->function1 != NULL) {
        if (printing->get1(&now1, &data) >= 0 && now1 == print1 && data == printer)
            printing->set1(printer->function1, printer->data);
    }
}
