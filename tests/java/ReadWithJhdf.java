import io.jhdf.HdfFile;
import io.jhdf.api.Node;
import io.jhdf.dataset.chunked.ChunkedDatasetBase;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads all datasets in the root group of a file with jHDF: {@code ReadWithJhdf.java FILE FOLDER}.
 * Writes the elements of each, as bytes, to a numbered file of the folder, and prints its number and
 * name; or, if it cannot be read, "failed", its name and why.
 */
class ReadWithJhdf {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    int number = 0;
    try (HdfFile file = new HdfFile(Path.of(arguments[0]))) {
      for (Node node : file.getChildren().values()) {
        if (node.isGroup()) {
          continue;
        }
        try {
          byte[] elements = ((ChunkedDatasetBase) node).getDataBuffer().array();
          Files.write(folder.resolve(String.valueOf(number)), elements);
          System.out.println(number++ + "\t" + node.getName());
        } catch (RuntimeException e) {
          System.out.println("failed\t" + node.getName() + "\t" + e.getMessage());
        }
      }
    }
  }
}
