// How Flink itself reads a `_metadata` file.
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

final class Load {
    static CheckpointMetadata fromFile(File file) throws IOException {
        try (InputStream in = new BufferedInputStream(new FileInputStream(file), 1 << 16)) {
            return from(new DataInputStream(in), file);
        }
    }

    static CheckpointMetadata fromMemory(byte[] bytes, File file) throws IOException {
        return from(new DataInputStream(new ByteArrayInputStream(bytes)), file);
    }

    /** Leaves the stream where the metadata ends. */
    static CheckpointMetadata from(DataInputStream in, File file) throws IOException {
        String directory = "file:" + file.getAbsoluteFile().getParent();
        return Checkpoints.loadCheckpointMetadata(in, Load.class.getClassLoader(), directory);
    }

    /** The `_metadata` of a snapshot, given itself or its directory. */
    static File metadata(String path) {
        File file = new File(path);
        return file.isDirectory() ? new File(file, "_metadata") : file;
    }

    private Load() {}
}
