// The oracle: prints, as one line of JSON for each `_metadata`, what Flink's own classes read out of it.
//
//   MetadataDump ROOT < list of paths below ROOT, one a line
//
// `file` is printed relative to ROOT. A relative handle is printed as it is stored (`relativePath`), so that the output does
// not depend on where the snapshots lie. Handles keep Flink's nesting; the members of each are named after Flink's getters. State that
// a subtask does not have is left out.
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateHandleStreamImpl;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.filesystem.RelativeFileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

public class MetadataDump {
    public static void main(String[] args) throws Exception {
        File root = new File(args[0]);
        ObjectMapper json = new ObjectMapper();
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String path = in.readLine(); path != null; path = in.readLine()) {
            out.println(json.writeValueAsString(dump(path, Load.metadata(new File(root, path).getPath()))));
        }
    }

    static Map<String, Object> dump(String path, File file) throws Exception {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", path);
        json.put("fileBytes", file.length());
        CheckpointMetadata metadata;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(file)))) {
            in.mark(8);
            in.readInt();
            json.put("version", in.readInt());
            in.reset();
            metadata = Load.from(in, file);
            long rest = 0;
            while (in.read() >= 0) {
                rest++;
            }
            json.put("bytesAfterEnd", rest);
        }
        json.put("checkpointId", metadata.getCheckpointId());
        json.put("properties", properties(metadata.getCheckpointProperties()));
        json.put("masterStates", list(metadata.getMasterStates(), MetadataDump::masterState));
        json.put("operators", list(metadata.getOperatorStates(), MetadataDump::operator));
        return json;
    }

    static Object properties(CheckpointProperties properties) {
        if (properties == null) {
            return null;
        }
        SnapshotType type = properties.getCheckpointType();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("typeClass", type.getClass().getSimpleName());
        json.put("typeName", type.getName());
        json.put("isSavepoint", type.isSavepoint());
        json.put("sharingFilesStrategy", String.valueOf(type.getSharingFilesStrategy()));
        if (type instanceof SavepointType) {
            json.put("savepointFormat", String.valueOf(((SavepointType) type).getFormatType()));
        }
        json.put("discardSubsumed", call(properties, "discardOnSubsumed"));
        json.put("discardFinished", call(properties, "discardOnJobFinished"));
        json.put("discardCancelled", call(properties, "discardOnJobCancelled"));
        json.put("discardFailed", call(properties, "discardOnJobFailed"));
        json.put("discardSuspended", call(properties, "discardOnJobSuspended"));
        json.put("unclaimed", properties.isUnclaimed());
        return json;
    }

    static Object masterState(MasterState state) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", state.name());
        json.put("version", state.version());
        json.put("bytes", state.bytes().length);
        return json;
    }

    static Object operator(OperatorState operator) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("operatorId", operator.getOperatorID().toHexString());
        json.put("name", optional(operator, "getOperatorName"));
        json.put("uid", optional(operator, "getOperatorUid"));
        json.put("parallelism", operator.getParallelism());
        json.put("maxParallelism", operator.getMaxParallelism());
        json.put("fullyFinished", operator.isFullyFinished());
        ByteStreamStateHandle coordinator = operator.getCoordinatorState();
        json.put("coordinatorStateBytes", coordinator == null ? null : coordinator.getStateSize());
        json.put("stateSize", operator.getStateSize());
        json.put("checkpointedSize", operator.getCheckpointedSize());
        List<Object> subtasks = new ArrayList<>();
        new TreeMap<>(operator.getSubtaskStates()).forEach((index, state) -> subtasks.add(subtask(index, state)));
        json.put("subtasks", subtasks);
        return json;
    }

    static Object subtask(int index, OperatorSubtaskState state) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("index", index);
        json.put("finished", state.isFinished());
        json.put("stateSize", state.getStateSize());
        json.put("checkpointedSize", state.getCheckpointedSize());
        putIfAny(json, "managedOperatorState", list(state.getManagedOperatorState(), MetadataDump::operatorState));
        putIfAny(json, "rawOperatorState", list(state.getRawOperatorState(), MetadataDump::operatorState));
        putIfAny(json, "managedKeyedState", list(state.getManagedKeyedState(), MetadataDump::keyedState));
        putIfAny(json, "rawKeyedState", list(state.getRawKeyedState(), MetadataDump::keyedState));
        putIfAny(json, "inputChannelState", list(state.getInputChannelState(), MetadataDump::channelState));
        putIfAny(json, "resultSubpartitionState", list(state.getResultSubpartitionState(), MetadataDump::channelState));
        return json;
    }

    static void putIfAny(Map<String, Object> json, String key, List<Object> items) {
        if (!items.isEmpty()) {
            json.put(key, items);
        }
    }

    /** What every kind of handle has. */
    static Map<String, Object> handle(StateObject handle) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("class", handle.getClass().getSimpleName());
        json.put("stateSize", handle.getStateSize());
        return json;
    }

    static Object operatorState(OperatorStateHandle handle) {
        Map<String, Object> json = handle(handle);
        Map<String, Object> states = new TreeMap<>();
        handle.getStateNameToPartitionOffsets().forEach((name, info) -> {
            Map<String, Object> state = new LinkedHashMap<>();
            state.put("mode", info.getDistributionMode().name());
            state.put("offsetCount", info.getOffsets().length);
            states.put(name, state);
        });
        json.put("states", states);
        json.put("delegate", stream(handle.getDelegateStateHandle()));
        return json;
    }

    static Object keyedState(KeyedStateHandle handle) {
        Map<String, Object> json = handle(handle);
        KeyGroupRange range = handle.getKeyGroupRange();
        Map<String, Object> groups = new LinkedHashMap<>();
        groups.put("start", range.getStartKeyGroup());
        groups.put("end", range.getEndKeyGroup());
        json.put("keyGroupRange", groups);
        json.put("checkpointedSize", handle.getCheckpointedSize());
        if (handle instanceof KeyGroupsStateHandle) {
            json.put("delegate", stream(((KeyGroupsStateHandle) handle).getDelegateStateHandle()));
        } else if (handle instanceof IncrementalRemoteKeyedStateHandle) {
            IncrementalRemoteKeyedStateHandle incremental = (IncrementalRemoteKeyedStateHandle) handle;
            json.put("checkpointId", incremental.getCheckpointId());
            json.put("backendIdentifier", String.valueOf(incremental.getBackendIdentifier()));
            json.put("metaState", stream(incremental.getMetaDataStateHandle()));
            json.put("sharedState", list(incremental.getSharedState(), MetadataDump::localFile));
            json.put("privateState", list(incremental.getPrivateState(), MetadataDump::localFile));
        } else if (handle instanceof ChangelogStateBackendHandle) {
            ChangelogStateBackendHandle changelog = (ChangelogStateBackendHandle) handle;
            json.put("checkpointId", changelog.getCheckpointId());
            List<ChangelogStateHandle> changes = changelog.getNonMaterializedStateHandles();
            json.put("materialized", list(changelog.getMaterializedStateHandles(), MetadataDump::keyedState));
            json.put("nonMaterialized", list(changes, MetadataDump::keyedState));
        } else if (handle instanceof ChangelogStateHandleStreamImpl) {
            List<Object> files = new ArrayList<>();
            for (Tuple2<StreamStateHandle, Long> file :
                    ((ChangelogStateHandleStreamImpl) handle).getHandlesAndOffsets()) {
                files.add(stream(file.f0));
            }
            json.put("handles", files);
        } else {
            throw new IllegalStateException("a keyed handle that this tool does not know: " + handle.getClass());
        }
        return json;
    }

    static Object localFile(HandleAndLocalPath file) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("localPath", file.getLocalPath());
        json.put("handle", stream(file.getHandle()));
        return json;
    }

    /** Plain (up to metadata 5) and merged channel state handles have the same two members that matter here. */
    static Object channelState(StateObject handle) {
        Map<String, Object> json = handle(handle);
        json.put("delegate", stream((StreamStateHandle) call(handle, "getDelegate")));
        return json;
    }

    static Object stream(StreamStateHandle handle) {
        if (handle == null) {
            return null;
        }
        Map<String, Object> json = handle(handle);
        if (handle instanceof RelativeFileStateHandle) {
            json.put("relativePath", ((RelativeFileStateHandle) handle).getRelativePath());
        } else if (handle instanceof FileStateHandle) {
            json.put("path", ((FileStateHandle) handle).getFilePath().toString());
        } else if (handle instanceof ByteStreamStateHandle) {
            json.put("inlineBytes", ((ByteStreamStateHandle) handle).getData().length);
        } else if (handle instanceof KeyGroupsStateHandle) {
            return keyedState((KeyGroupsStateHandle) handle);
        } else {
            segment(handle, json);
        }
        return json;
    }

    /** Handles of file merging exist from Flink 1.20 on; they are looked at by name. */
    static void segment(StreamStateHandle handle, Map<String, Object> json) {
        switch (handle.getClass().getSimpleName()) {
            case "SegmentFileStateHandle":
                json.put("path", call(handle, "getFilePath").toString());
                json.put("startPos", call(handle, "getStartPos"));
                break;
            case "EmptySegmentFileStateHandle":
                break; // names no real file
            default:
                throw new IllegalStateException("a stream handle that this tool does not know: " + handle.getClass());
        }
    }

    static <T> List<Object> list(Collection<? extends T> items, Function<T, Object> each) {
        List<Object> json = new ArrayList<>();
        for (T item : items) {
            json.add(each.apply(item));
        }
        return json;
    }

    /** Calls a getter whatever its visibility. */
    static Object call(Object target, String getter) {
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Method method = type.getDeclaredMethod(getter);
                method.setAccessible(true);
                return method.invoke(target);
            } catch (NoSuchMethodException e) {
                // perhaps further up
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(target.getClass() + "." + getter, e);
            }
        }
        throw new IllegalStateException(target.getClass() + " has no " + getter);
    }

    /** The value of a getter that older versions do not have. */
    static Object optional(Object target, String getter) {
        try {
            return ((Optional<?>) target.getClass().getMethod(getter).invoke(target)).orElse(null);
        } catch (NoSuchMethodException e) {
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(target.getClass() + "." + getter, e);
        }
    }

    private MetadataDump() {}
}
