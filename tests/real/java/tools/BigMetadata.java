// Writes a large, synthetic but valid `_metadata` with Flink's own serializers: incremental RocksDB state of many subtasks
// with many shared files, as a job with terabytes of state has it. Always the same bytes for the same arguments, but for the
// random ids that Flink draws itself.
//
//   BigMetadata DIRECTORY OPERATORS SUBTASKS SHARED_FILES [VERSION]
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.checkpoint.metadata.MetadataSerializer;
import org.apache.flink.runtime.checkpoint.metadata.MetadataSerializers;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

public class BigMetadata {
    static final int MAX_PARALLELISM = 1024;
    static final long CHECKPOINT = 777;
    static final String JOB = "hdfs://namenode.example:8020/flink/checkpoints/0123456789abcdef0123456789abcdef";
    static final Random RANDOM = new Random(42);

    public static void main(String[] args) throws Exception {
        File directory = new File(args[0]);
        int operators = Integer.parseInt(args[1]);
        int subtasks = Integer.parseInt(args[2]);
        int files = Integer.parseInt(args[3]);
        int version = args.length > 4 ? Integer.parseInt(args[4]) : 6;

        List<OperatorState> states = new ArrayList<>();
        for (int index = 0; index < operators; index++) {
            OperatorState operator = operator(index, subtasks, version);
            for (int subtask = 0; subtask < subtasks; subtask++) {
                KeyGroupRange range = KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                        MAX_PARALLELISM, subtasks, subtask);
                operator.putState(subtask, subtask(range, files));
            }
            states.add(operator);
        }
        CheckpointProperties properties = version >= 4
                ? CheckpointProperties.forCheckpoint(CheckpointRetentionPolicy.RETAIN_ON_CANCELLATION)
                : null;
        CheckpointMetadata metadata =
                new CheckpointMetadata(CHECKPOINT, states, Collections.emptyList(), properties);

        directory.mkdirs();
        File file = new File(directory, "_metadata");
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(new FileOutputStream(file), 1 << 20))) {
            MetadataSerializer serializer = MetadataSerializers.getSerializer(version);
            Checkpoints.storeCheckpointMetadata(metadata, out, serializer);
        }
        System.out.println(file + ": version " + version + ", " + file.length() + " bytes, "
                + (long) operators * subtasks * (files + 2) + " state files");
    }

    /** Name and uid exist from metadata 5 (Flink 2.0) on. */
    static OperatorState operator(int index, int subtasks, int version) throws Exception {
        OperatorID id = new OperatorID(RANDOM.nextLong(), RANDOM.nextLong());
        try {
            Constructor<OperatorState> named = OperatorState.class.getConstructor(
                    String.class, String.class, OperatorID.class, int.class, int.class);
            String name = version >= 5 ? "Operator number " + index : null;
            String uid = version >= 5 ? "operator-" + index : null;
            return named.newInstance(name, uid, id, subtasks, MAX_PARALLELISM);
        } catch (NoSuchMethodException e) {
            return OperatorState.class
                    .getConstructor(OperatorID.class, int.class, int.class)
                    .newInstance(id, subtasks, MAX_PARALLELISM);
        }
    }

    static OperatorSubtaskState subtask(KeyGroupRange range, int files) {
        List<HandleAndLocalPath> shared = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            FileStateHandle file =
                    new FileStateHandle(new Path(JOB + "/shared/" + uuid()), 1_000_000 + RANDOM.nextInt(64_000_000));
            shared.add(HandleAndLocalPath.of(file, String.format("%06d.sst", i + 10)));
        }
        List<HandleAndLocalPath> own = new ArrayList<>();
        own.add(HandleAndLocalPath.of(inline("MANIFEST-000004\n".getBytes()), "CURRENT"));
        for (String name : new String[] {"MANIFEST-000004", "OPTIONS-000010"}) {
            FileStateHandle file = new FileStateHandle(new Path(exclusive()), 30_000 + RANDOM.nextInt(10_000));
            own.add(HandleAndLocalPath.of(file, name));
        }
        byte[] backend = new byte[600];
        RANDOM.nextBytes(backend);
        IncrementalRemoteKeyedStateHandle keyed = new IncrementalRemoteKeyedStateHandle(
                uuid(), range, CHECKPOINT, shared, own, inline(backend), 12_345_678L);
        OperatorStateHandle.StateMetaInfo offsets = new OperatorStateHandle.StateMetaInfo(
                new long[] {0, 16, 32, 48}, OperatorStateHandle.Mode.SPLIT_DISTRIBUTE);
        return OperatorSubtaskState.builder()
                .setManagedKeyedState(keyed)
                .setManagedOperatorState(new OperatorStreamStateHandle(
                        Collections.singletonMap("offsets", offsets), inline(new byte[64])))
                .build();
    }

    static ByteStreamStateHandle inline(byte[] data) {
        return new ByteStreamStateHandle(exclusive(), data);
    }

    static String exclusive() {
        return JOB + "/chk-" + CHECKPOINT + "/" + uuid();
    }

    static UUID uuid() {
        return new UUID(RANDOM.nextLong(), RANDOM.nextLong());
    }

    private BigMetadata() {}
}
