// Times Flink's own reader on one `_metadata`, warmed up: the size of all state is summed after each read, so that nothing
// can be optimized away. Prints one JSON line.
//
//   ReadBench PATH [RUNS] [WARMUP_SECONDS]
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Locale;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

public class ReadBench {
    interface Read {
        CheckpointMetadata once() throws IOException;
    }

    public static void main(String[] args) throws Exception {
        File file = Load.metadata(args[0]);
        int runs = args.length > 1 ? Integer.parseInt(args[1]) : 10;
        double warmup = args.length > 2 ? Double.parseDouble(args[2]) : 6;
        byte[] bytes = Files.readAllBytes(file.toPath());
        double fromFile = median(() -> Load.fromFile(file), runs, warmup);
        double fromMemory = median(() -> Load.fromMemory(bytes, file), runs, warmup);
        System.out.printf(
                Locale.ROOT,
                "{\"bytes\":%d,\"runs\":%d,\"file_ms\":%.3f,\"memory_ms\":%.3f,\"state\":%d}%n",
                bytes.length,
                runs,
                fromFile,
                fromMemory,
                stateSize(Load.fromMemory(bytes, file)));
    }

    /** Milliseconds. */
    static double median(Read read, int runs, double warmupSeconds) throws IOException {
        long until = System.nanoTime() + (long) (warmupSeconds * 1e9);
        long sum = 0;
        while (System.nanoTime() < until) {
            sum += stateSize(read.once());
        }
        double[] times = new double[runs];
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            sum += stateSize(read.once());
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        if (sum == 0) {
            throw new IllegalStateException("the file holds no state");
        }
        Arrays.sort(times);
        return times[runs / 2];
    }

    static long stateSize(CheckpointMetadata metadata) {
        long sum = 0;
        for (OperatorState operator : metadata.getOperatorStates()) {
            sum += operator.getStateSize();
        }
        return sum;
    }

    private ReadBench() {}
}
