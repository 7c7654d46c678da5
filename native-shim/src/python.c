#include "python.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#define MODULE "h5py._objects"

/* Functions of Python's stable interface. References are counted: those returned are the caller's
 * but for the first two's. */
static struct {
    void *(*sys_get_object)(const char *name);
    void *(*dict_get_item)(void *dict, const char *key);
    void *(*get_attribute)(void *object, const char *name);
    void *(*call_method)(void *object, const char *name, const char *format, ...);
    const char *(*utf_8)(void *string);
    int (*is_true)(void *object);
    void *(*error)(void);
    void (*clear_error)(void);
    void (*release)(void *object);
    int (*has_gil)(void);
} python;

static bool
find_python(void)
{
    const struct {
        void      **function;
        const char *name;
    } wanted[] = {
        {(void **)&python.sys_get_object, "PySys_GetObject"},
        {(void **)&python.dict_get_item, "PyDict_GetItemString"},
        {(void **)&python.get_attribute, "PyObject_GetAttrString"},
        {(void **)&python.call_method, "PyObject_CallMethod"},
        {(void **)&python.utf_8, "PyUnicode_AsUTF8"},
        {(void **)&python.is_true, "PyObject_IsTrue"},
        {(void **)&python.error, "PyErr_Occurred"},
        {(void **)&python.clear_error, "PyErr_Clear"},
        {(void **)&python.release, "Py_DecRef"},
        {(void **)&python.has_gil, "PyGILState_Check"},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if ((*wanted[i].function = dlsym(RTLD_DEFAULT, wanted[i].name)) == NULL)
            return false;
    return true;
}

/* Whether the module is linked with this libhdf5. */
static bool
uses(void *module, void *library)
{
    void       *file    = python.get_attribute(module, "__file__");
    const char *path    = file == NULL ? NULL : python.utf_8(file);
    void       *handle  = path == NULL ? NULL : dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    void       *open    = handle == NULL ? NULL : dlsym(handle, "H5open");
    bool        is_used = open != NULL && open == dlsym(library, "H5open");
    if (handle != NULL)
        dlclose(handle);
    if (file != NULL)
        python.release(file);
    return is_used;
}

/* The module of h5py that has the lock, which is not the caller's to release; NULL if it is not
 * loaded. */
static void *
find_module(void)
{
    void *modules = python.sys_get_object("modules");
    return modules == NULL ? NULL : python.dict_get_item(modules, MODULE);
}

/* Its lock, which the caller releases. */
static void *
lock_of(void *module)
{
    return python.get_attribute(module, "phil");
}

enum h5py_lock
vol_sparse_take_h5py_lock(void *library)
{
    if (!find_python() || !python.has_gil())
        return H5PY_LOCK_NONE;
    if (python.error() != NULL)
        return H5PY_LOCK_BUSY;
    enum h5py_lock taken  = H5PY_LOCK_NONE;
    void          *module = find_module();
    void          *lock   = module == NULL || !uses(module, library) ? NULL : lock_of(module);
    if (lock != NULL) {
        void *is_ours = python.call_method(lock, "acquire", "i", 0);
        taken = is_ours != NULL && python.is_true(is_ours) == 1 ? H5PY_LOCK_HELD : H5PY_LOCK_BUSY;
        if (is_ours != NULL)
            python.release(is_ours);
        python.release(lock);
    }
    if (python.error() != NULL)
        python.clear_error();
    return taken;
}

void
vol_sparse_give_h5py_lock(void)
{
    void *module  = find_module();
    void *lock    = module == NULL ? NULL : lock_of(module);
    void *nothing = lock == NULL ? NULL : python.call_method(lock, "release", NULL);
    if (nothing != NULL)
        python.release(nothing);
    if (lock != NULL)
        python.release(lock);
    if (python.error() != NULL)
        python.clear_error();
}
