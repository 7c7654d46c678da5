import io.jhdf.HdfFile;
import io.jhdf.api.Node;
import io.jhdf.dataset.chunked.ChunkedDatasetBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads all datasets in the root groups of files with jHDF: {@code ReadWithJhdf.java FOLDER FILE...}.
 * Writes the elements of each, as bytes, to a numbered file in the folder, and prints that number,
 * the file and the dataset; of one that cannot be read "failed", the file, the dataset, and why.
 */
class ReadWithJhdf {
  private static int number;

  public static void main(String[] arguments) throws IOException {
    for (int i = 1; i < arguments.length; i++) {
      readAll(Path.of(arguments[i]), Path.of(arguments[0]));
    }
  }

  private static void readAll(Path path, Path folder) throws IOException {
    try (HdfFile file = new HdfFile(path)) {
      for (Node node : file.getChildren().values()) {
        if (node instanceof ChunkedDatasetBase dataset) {
          String name = path + "\t" + node.getName();
          try {
            Files.write(folder.resolve("" + number), dataset.getDataBuffer().array());
            System.out.println(number++ + "\t" + name);
          } catch (RuntimeException e) {
            System.out.println("failed\t" + name + "\t" + e.getMessage());
          }
        }
      }
    }
  }
}
