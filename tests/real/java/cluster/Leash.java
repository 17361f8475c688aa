// Runs another main class in this JVM and ends with whoever started it: as soon as standard input is closed, the JVM halts.
// A cluster therefore never outlives the test process, even if that is killed.
//
//   Leash MAIN_CLASS ARGUMENT...
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

public class Leash {
    public static void main(String[] args) throws Exception {
        InputStream leash = System.in;
        Thread watcher = new Thread(() -> {
            try {
                while (leash.read() >= 0) {
                    // Nothing is ever sent; only the end matters.
                }
            } catch (IOException e) {
                // As good as closed.
            }
            Runtime.getRuntime().halt(143);
        }, "leash");
        watcher.setDaemon(true);
        watcher.start();
        Class.forName(args[0])
                .getMethod("main", String[].class)
                .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    }

    private Leash() {}
}
