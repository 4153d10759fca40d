package io.replicatedlog.log;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Completes the messages of the file system: that of a {@link FileSystemException} is often no more than the path, and
 * that of a channel has no path.
 */
final class FileErrors {

    private FileErrors() {}

    /** A call of the file system. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    /** A call of the file system without a result. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    /** Makes a call; a failure is thrown with a complete message. */
    static <T> T explained(Path path, Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (IOException e) {
            throw explain(path, e);
        }
    }

    /** As {@link #explained(Path, Call)}. */
    static void explained(Path path, Action action) throws IOException {
        explained(path, () -> {
            action.run();
            return path;
        });
    }

    /**
     * The same failure with a message that says what is wrong, then where.
     *
     * @param path where, unless the failure itself names a file
     */
    static IOException explain(Path path, IOException e) {
        String file =
                e instanceof FileSystemException named && named.getFile() != null ? named.getFile() : path.toString();
        String what = describe(e);
        if (isNoSpace(what)) {
            return new NoSpaceException("no space left on device: " + file, e);
        }
        return what.contains(file) ? e : new IOException(what + ": " + file, e);
    }

    private static String describe(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof NotDirectoryException || e instanceof FileAlreadyExistsException) {
            return "not a directory";
        }
        String what = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
        if (what == null) {
            return e.getClass().getSimpleName();
        }
        return what.startsWith("Read-only") || what.startsWith("Not a") ? what.toLowerCase(Locale.ROOT) : what;
    }

    private static boolean isNoSpace(String what) {
        return what.startsWith("No space left") || what.startsWith("Disk quota exceeded");
    }
}
