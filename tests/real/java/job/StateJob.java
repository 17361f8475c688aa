// The job that the tests run on a real cluster. It has one operator for each kind of state that a snapshot can hold, and it
// proves a restore by itself: every key's state is checked on its first use after a restore.
//
// Arguments are `key=value`. A key with a dot in it is a Flink option of the job, the others are:
//   name      job name                                  checkpoints  checkpoint directory (a URI)
//   interval  milliseconds between two checkpoints      parallelism, maxparallelism
//   keys      size of the key space (state is bounded)  value        bytes of text kept per key
//   batch     records between two naps of 10 ms in each source subtask (0: no naps)
//   slow      milliseconds that the last operator takes per record (makes backpressure)
//   rules     broadcast state                           raw          raw operator state and raw keyed state
//   timers    a timer per key, never due                finite       a part of the job that finishes early
//   blockat   a checkpoint id that one operator never answers
//   hold      a file: as long as it is there, one operator finishes no snapshot
//   fail      a file: once it is there, the job fails with its next record or in the snapshot that is held
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.checkpoint.MasterTriggerRestoreHook;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.state.KeyedStateCheckpointOutputStream;
import org.apache.flink.runtime.state.OperatorStateCheckpointOutputStream;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.checkpoint.WithMasterCheckpointHook;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.co.BroadcastProcessFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.Collector;

public class StateJob {

    /** Accumulators: keys that got their first state in this run, and keys found with their state after a restore. */
    static final String NEW_KEYS = "new-keys";

    static final String VERIFIED_KEYS = "verified-keys";

    /** What the job dies of when its file `fail` appears. */
    static final String ASKED_TO_FAIL = "the job was asked to fail";

    public static void main(String[] args) throws Exception {
        Configuration flink = new Configuration();
        Arguments own = new Arguments();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            String key = arg.substring(0, equals);
            String value = arg.substring(equals + 1);
            if (key.indexOf('.') >= 0) {
                flink.setString(key, value);
            } else {
                own.put(key, value);
            }
        }
        StreamExecutionEnvironment env = environment(flink, own);
        long keys = own.number("keys", 100);
        long batch = own.number("batch", 4);

        DataStream<Long> numbers = numbers(env, "numbers")
                .map(new Throttle(batch))
                .name("throttle, without a uid");

        DataStream<Long> counted = numbers
                .keyBy(new Modulo(keys))
                .process(new CountPerKey(keys, (int) own.number("value", 100), own.flag("timers", true)))
                .name("count per key")
                .uid("count-per-key");

        DataStream<Long> tail = counted
                .rebalance()
                .process(new Buffer(own.number("blockat", -1), own.text("hold", null), own.text("fail", null)))
                .name("buffer")
                .uid("buffer");

        if (own.flag("rules", true)) {
            MapStateDescriptor<Long, String> rules = new MapStateDescriptor<>("rules", Types.LONG, Types.STRING);
            DataStream<Long> changes = env
                    .fromSource(endless(), WatermarkStrategy.<Long>noWatermarks(), "rules")
                    .uid("rules-source")
                    .setParallelism(1)
                    .map(new Throttle(1))
                    .uid("rules-throttle")
                    .setParallelism(1);
            tail = tail.rebalance()
                    .connect(changes.broadcast(rules))
                    .process(new ApplyRules(rules))
                    .name("apply rules")
                    .uid("apply-rules");
        }
        if (own.flag("raw", true)) {
            SingleOutputStreamOperator<Long> raw =
                    tail.keyBy(new Modulo(keys)).transform("raw state", Types.LONG, new RawState());
            tail = raw.uid("raw-state");
        }
        tail.rebalance()
                .process(new End(own.number("slow", 0)))
                .name("end")
                .setUidHash("00112233445566778899aabbccddeeff");

        if (own.flag("finite", false)) {
            env.fromSource(new NumberSequenceSource(0, 19), WatermarkStrategy.<Long>noWatermarks(), "finite")
                    .uid("finite-source")
                    .map(new Seen())
                    .name("seen")
                    .uid("seen")
                    .rebalance()
                    .process(new End(0))
                    .name("finite end")
                    .uid("finite-end");
            // One subtask is done at once, the other goes on for an hour: operators that are finished in part.
            env.fromSource(new NumberSequenceSource(0, 399_999), WatermarkStrategy.<Long>noWatermarks(), "halves")
                    .uid("halves-source")
                    .map(new SlowHalf(200_000))
                    .name("slow half")
                    .uid("slow-half");
        }
        env.execute(own.text("name", "stateward test job"));
    }

    static StreamExecutionEnvironment environment(Configuration flink, Arguments own) throws Exception {
        String directory = own.text("checkpoints", null);
        if (directory != null) {
            flink.setString("state.checkpoints.dir", directory);
            flink.setString("execution.checkpointing.dir", directory);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
        env.setParallelism((int) own.number("parallelism", 2));
        env.setMaxParallelism((int) own.number("maxparallelism", 128));
        env.enableCheckpointing(own.number("interval", 1000));
        if (directory != null) {
            try { // 1.x; from 2.0 on the configuration is the only way
                Method set = env.getCheckpointConfig().getClass().getMethod("setCheckpointStorage", String.class);
                set.invoke(env.getCheckpointConfig(), directory);
            } catch (NoSuchMethodException e) {
                // 2.x
            }
        }
        return env;
    }

    static NumberSequenceSource endless() {
        return new NumberSequenceSource(0, Long.MAX_VALUE / 2);
    }

    static DataStream<Long> numbers(StreamExecutionEnvironment env, String name) {
        return env.fromSource(endless(), WatermarkStrategy.<Long>noWatermarks(), name).uid(name + "-source");
    }

    static class Arguments extends HashMap<String, String> {
        String text(String key, String otherwise) {
            return getOrDefault(key, otherwise);
        }

        long number(String key, long otherwise) {
            return containsKey(key) ? Long.parseLong(get(key)) : otherwise;
        }

        boolean flag(String key, boolean otherwise) {
            return containsKey(key) ? Boolean.parseBoolean(get(key)) : otherwise;
        }
    }

    static class Modulo implements KeySelector<Long, Long> {
        final long modulus;

        Modulo(long modulus) {
            this.modulus = modulus;
        }

        @Override
        public Long getKey(Long value) {
            return Math.floorMod(value, modulus);
        }
    }

    /** Naps between batches, and brings a master hook, so that the snapshot has master state. */
    static class Throttle implements MapFunction<Long, Long>, WithMasterCheckpointHook<String> {
        final long batch;
        long count;

        Throttle(long batch) {
            this.batch = batch;
        }

        @Override
        public Long map(Long value) throws Exception {
            if (batch > 0 && ++count % batch == 0) {
                Thread.sleep(10);
            }
            return value;
        }

        @Override
        public MasterTriggerRestoreHook<String> createMasterTriggerRestoreHook() {
            return new Hook("hook-" + batch);
        }
    }

    static class Hook implements MasterTriggerRestoreHook<String> {
        final String id;

        Hook(String id) {
            this.id = id;
        }

        @Override
        public String getIdentifier() {
            return id;
        }

        @Override
        public CompletableFuture<String> triggerCheckpoint(long checkpoint, long timestamp, Executor executor) {
            return CompletableFuture.completedFuture("state of the hook in checkpoint " + checkpoint);
        }

        @Override
        public void restoreCheckpoint(long checkpoint, String state) {}

        @Override
        public SimpleVersionedSerializer<String> createCheckpointDataSerializer() {
            return new TextSerializer();
        }
    }

    static class TextSerializer implements SimpleVersionedSerializer<String> {
        @Override
        public int getVersion() {
            return 77;
        }

        @Override
        public byte[] serialize(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(int version, byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /**
     * Counts per key, and checks restored state. Operator state says how many keys have keyed state; a restored job in which
     * more keys turn up empty than that allows has lost state, and fails.
     */
    static class CountPerKey extends KeyedProcessFunction<Long, Long, Long> implements CheckpointedFunction {
        final long keys;
        final String text;
        final boolean timers;
        /** Keys that got their state here, plus this subtask's share of those that came with a restore. */
        long keysWithState;
        long keysMissing;
        long keysMissingAtMost = Long.MAX_VALUE;
        /** Keys whose state was checked since the restore; null in a job that was not restored. */
        transient Set<Long> checked;
        transient LongCounter created;
        transient LongCounter verified;
        transient ListState<Long> share;
        transient ListState<Long> everyShare;
        /** How often the key was seen, and a text that must not change. */
        transient ValueState<Tuple2<Long, String>> seen;

        CountPerKey(long keys, int length, boolean timers) {
            this.keys = keys;
            this.timers = timers;
            StringBuilder builder = new StringBuilder();
            while (builder.length() < length) {
                builder.append("value ").append(builder.length()).append(' ');
            }
            builder.setLength(length);
            this.text = builder.toString();
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            OperatorStateStore operator = context.getOperatorStateStore();
            share = operator.getListState(new ListStateDescriptor<>("keys-with-state", Types.LONG));
            everyShare = operator.getUnionListState(new ListStateDescriptor<>("keys-with-state-everywhere", Types.LONG));
            seen = context.getKeyedStateStore()
                    .getState(new ValueStateDescriptor<>("seen", Types.TUPLE(Types.LONG, Types.STRING)));
            created = new LongCounter();
            verified = new LongCounter();
            getRuntimeContext().addAccumulator(NEW_KEYS, created);
            getRuntimeContext().addAccumulator(VERIFIED_KEYS, verified);
            if (!context.isRestored()) {
                return;
            }
            keysWithState = sum(share);
            long restored = sum(everyShare);
            if (restored <= 0 || restored > keys) {
                throw new IllegalStateException("restored state speaks of " + restored + " keys, expected 1 to " + keys);
            }
            keysMissingAtMost = keys - restored;
            checked = new HashSet<>();
        }

        static long sum(ListState<Long> numbers) throws Exception {
            long sum = 0;
            for (Long number : numbers.get()) {
                sum += number;
            }
            return sum;
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) throws Exception {
            long key = context.getCurrentKey();
            Tuple2<Long, String> state = seen.value();
            if (state == null) {
                keysMissing++;
                if (keysMissing > keysMissingAtMost) {
                    throw new IllegalStateException("key " + key + " has no state after the restore");
                }
                keysWithState++;
                created.add(1L);
                state = Tuple2.of(0L, text);
                if (timers) {
                    context.timerService().registerProcessingTimeTimer(4102444800000L + key);
                }
            } else if (checked != null && checked.add(key)) {
                if (state.f0 < 1 || !text.equals(state.f1)) {
                    throw new IllegalStateException("key " + key + " has damaged state after the restore: " + state);
                }
                verified.add(1L);
            }
            state.f0++;
            seen.update(state);
            out.collect(value);
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            share.clear();
            share.add(keysWithState);
            everyShare.clear();
            everyShare.add(keysWithState);
        }
    }

    /** Operator state that is split on a restore, and a subtask that blocks a checkpoint when asked to. */
    static class Buffer extends ProcessFunction<Long, Long> implements CheckpointedFunction {
        final long blockAt;
        final String hold;
        final String fail;
        long processed;
        transient ListState<Long> buffered;

        Buffer(long blockAt, String hold, String fail) {
            this.blockAt = blockAt;
            this.hold = hold;
            this.fail = fail;
        }

        static boolean isThere(String file) {
            return file != null && Files.exists(Paths.get(file));
        }

        void failIfAsked() {
            if (isThere(fail)) {
                throw new IllegalStateException(ASKED_TO_FAIL);
            }
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            buffered = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("buffered", Types.LONG));
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            if (context.getCheckpointId() == blockAt) {
                Thread.sleep(3_600_000);
            }
            while (isThere(hold)) {
                failIfAsked();
                Thread.sleep(20);
            }
            failIfAsked();
            buffered.clear();
            for (int i = 0; i < 5; i++) {
                buffered.add(processed + i);
            }
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) {
            if (processed++ % 64 == 0) {
                failIfAsked();
            }
            out.collect(value);
        }
    }

    static class ApplyRules extends BroadcastProcessFunction<Long, Long, Long> {
        final MapStateDescriptor<Long, String> rules;

        ApplyRules(MapStateDescriptor<Long, String> rules) {
            this.rules = rules;
        }

        @Override
        public void processElement(Long value, ReadOnlyContext context, Collector<Long> out) {
            out.collect(value);
        }

        @Override
        public void processBroadcastElement(Long value, Context context, Collector<Long> out) throws Exception {
            context.getBroadcastState(rules).put(value % 8, "rule " + value);
        }
    }

    /** Writes raw operator state and raw keyed state. */
    static class RawState extends AbstractStreamOperator<Long> implements OneInputStreamOperator<Long, Long> {
        @Override
        public void processElement(StreamRecord<Long> element) {
            output.collect(element);
        }

        @Override
        protected boolean isUsingCustomRawKeyedState() {
            return true;
        }

        @Override
        public void snapshotState(StateSnapshotContext context) throws Exception {
            super.snapshotState(context);
            OperatorStateCheckpointOutputStream operator = context.getRawOperatorStateOutput();
            for (int i = 0; i < 4; i++) {
                operator.startNewPartition();
                operator.write(("raw partition " + i).getBytes(StandardCharsets.UTF_8));
            }
            KeyedStateCheckpointOutputStream keyed = context.getRawKeyedOperatorStateOutput();
            for (int group : keyed.getKeyGroupList()) {
                if (group % 2 == 0) {
                    keyed.startNewKeyGroup(group);
                    keyed.write(group);
                }
            }
        }
    }

    static class End extends ProcessFunction<Long, Long> {
        final long slow;

        End(long slow) {
            this.slow = slow;
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) throws Exception {
            if (slow > 0) {
                Thread.sleep(slow);
            }
        }
    }

    /** Keeps the number of records seen. */
    static class Seen extends RichMapFunction<Long, Long> implements CheckpointedFunction {
        long number;
        transient ListState<Long> seen;

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            seen = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("seen", Types.LONG));
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            seen.clear();
            seen.add(number);
        }

        @Override
        public Long map(Long value) throws Exception {
            number++;
            return value;
        }
    }

    /** Quick with the lower half of its numbers, slow with the upper half: one subtask ends long before the other. */
    static class SlowHalf extends Seen {
        final long half;

        SlowHalf(long half) {
            this.half = half;
        }

        @Override
        public Long map(Long value) throws Exception {
            if (value >= half) {
                Thread.sleep(20);
            }
            return super.map(value);
        }
    }

    private StateJob() {}
}
