/*
 * Ends with a file open, and has a JVM in the process, if there is one, collect garbage after HDF5
 * has closed the file: garbage may be collected at any time.
 */
#include "hdf5.h"

#include <dlfcn.h>
#include <jni.h>
#include <stdio.h>
#include <stdlib.h>

#define ELEMENTS 1000

static int data[ELEMENTS];

static void
collect(JNIEnv *env)
{
    jclass system = (*env)->FindClass(env, "java/lang/System");
    (*env)->CallStaticVoidMethod(env, system, (*env)->GetStaticMethodID(env, system, "gc", "()V"));
}

/* Runs last, for it was registered first. */
static void
last(void)
{
    jint (*created)(JavaVM **, jsize, jsize *) = NULL;
    JavaVM *jvm                                = NULL;
    JNIEnv *env                                = NULL;
    jsize   count                              = 0;
    void   *libjvm                             = dlopen("libjvm.so", RTLD_LAZY | RTLD_NOLOAD);
    if (libjvm != NULL)
        *(void **)&created = dlsym(libjvm, "JNI_GetCreatedJavaVMs");
    if (created != NULL && created(&jvm, 1, &count) == JNI_OK && count == 1 &&
        (*jvm)->AttachCurrentThread(jvm, (void **)&env, NULL) == JNI_OK)
        collect(env);
    fprintf(stderr, "%s", libjvm != NULL && env == NULL ? "the JVM cannot be used\n" : "");
    printf("ended\n");
}

int
main(void)
{
    hsize_t extent[1] = {ELEMENTS};
    atexit(last);
    hid_t file  = H5Fcreate("ends.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, extent, NULL);
    hid_t dcpl  = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, extent);
    hid_t dset = H5Dcreate2(file, "x", H5T_NATIVE_INT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    data[7]    = 7;
    return H5Dwrite(dset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
}
