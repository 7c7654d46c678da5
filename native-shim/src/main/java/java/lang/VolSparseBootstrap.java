package java.lang;

import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;

/**
 * The first class of vol-sparse's plugin in a JVM: it loads the others. The plugin contains it and
 * defines it in this package because two methods that it calls are not public: one prevents a
 * warning on the standard error of the host, the other lets HDF5 close before a Java program ends.
 */
final class VolSparseBootstrap {
  private static final String ENTRY = "io.github.volsparse.vol.Entry";

  private VolSparseBootstrap() {}

  /**
   * Opens the world of a libhdf5.
   *
   * @param jars the URLs of the jars with its classes, separated by blanks; null if they are the
   *     JVM's own
   * @param given what {@code Entry.open} takes
   * @param place of the action that closes the libhdf5 among the last ones of the JVM; negative if
   *     there is to be none
   * @return why it cannot be opened; null if it is open
   */
  static String open(String jars, long given, int place) {
    try {
      ClassLoader loader = jars == null ? ClassLoader.getSystemClassLoader() : loader(jars);
      Class<?> entry = Class.forName(ENTRY, false, loader);
      enableNativeAccess(entry.getModule());
      entry.getMethod("open", long.class).invoke(null, given);
      if (place >= 0) {
        endWithJvm(place, (Runnable) entry.getMethod("ending").invoke(null));
      }
      return null;
    } catch (InvocationTargetException e) {
      return describe(e.getCause());
    } catch (NoSuchMethodException e) {
      return "vol-sparse's plugin and its jars are of different versions: install both from one"
          .concat(" distribution");
    } catch (Throwable t) {
      return describe(t);
    }
  }

  private static String describe(Throwable t) {
    return t instanceof IllegalStateException
        ? t.getMessage()
        : "vol-sparse cannot load its classes: ".concat(t.toString());
  }

  /** A class loader without a parent: a host's own class path must not show through. */
  private static ClassLoader loader(String jars) throws Exception {
    String[] texts = jars.split(" ");
    URL[] urls = new URL[texts.length];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = URI.create(texts[i]).toURL();
    }
    return new URLClassLoader(urls, null);
  }

  /**
   * Lets the connector's module, or the classes on class paths, use native memory without a
   * warning. The option --enable-native-access does the same, but keeps the JVM from mapping its
   * module graph from its archive, and is not there in a JVM that is joined. Without these methods
   * the warning comes.
   */
  private static void enableNativeAccess(Module module) {
    try {
      if (module.isNamed()) {
        module.implAddEnableNativeAccess();
      } else {
        Module.implAddEnableNativeAccessToAllUnnamed();
      }
    } catch (LinkageError e) {
      // As said.
    }
  }

  /**
   * Has a JVM do something after the shutdown hooks of the program, which may use HDF5 still; among
   * them where that is not possible.
   */
  private static void endWithJvm(int place, Runnable ending) {
    try {
      Shutdown.add(place, false, ending);
    } catch (LinkageError | RuntimeException | InternalError e) {
      Runtime.getRuntime().addShutdownHook(new Thread(ending, "vol-sparse"));
    }
  }
}
