#include "hdf5_error.h"
#include "symbol.h"

#include <dlfcn.h>
#include <stdio.h>

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
vol_sparse_printing(void *library)
{
    struct printing printing;
    *(void **)&printing.is_v2 = dlsym(library, "H5Eauto_is_v2");
    *(void **)&printing.get2  = dlsym(library, "H5Eget_auto2");
    *(void **)&printing.set2  = dlsym(library, "H5Eset_auto2");
    *(void **)&printing.get1  = dlsym(library, "H5Eget_auto1");
    *(void **)&printing.set1  = dlsym(library, "H5Eset_auto1");
    return printing;
}

struct printer
vol_sparse_stop_printing(const struct printing *printing)
{
    struct printer printer = {NULL, NULL, NULL};
    unsigned       is_v2   = 0;
    if (printing->is_v2(H5E_DEFAULT, &is_v2) < 0)
        return printer;
    if (is_v2) {
        if (printing->get2(H5E_DEFAULT, &printer.function2, &printer.data) >= 0 &&
            printer.function2 != NULL)
            printing->set2(H5E_DEFAULT, NULL, NULL);
    } else if (printing->get1 != NULL && printing->set1 != NULL) {
        if (printing->get1(&printer.function1, &printer.data) >= 0 && printer.function1 != NULL)
            printing->set1(NULL, NULL);
    }
    return printer;
}

void
vol_sparse_resume_printing(const struct printing *printing, struct printer printer)
{
    if (printer.function2 != NULL)
        printing->set2(H5E_DEFAULT, printer.function2, printer.data);
    else if (printer.function1 != NULL)
        printing->set1(printer.function1, printer.data);
}
