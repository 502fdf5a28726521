import Documents
import Quantities
import Traffic

/// Files of demand, told apart by their names.
public enum TraceFile {
  /// Whether a file's name says that it holds a JSON object a line.
  public static func isLines(_ file: String) -> Bool {
    [".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"].contains { file.hasSuffix($0) }
  }

  /// Reads a trace by the kind that the file's name tells: NDJSON, else CSV; both also as .gz.
  public static func trace(file: String, time: String?, value: String?, options: TraceOptions) throws -> Trace {
    isLines(file)
      ? try TraceReader.ndjson(path: file, time: time, value: value, options: options)
      : try TraceReader.csv(path: file, time: time, value: value, options: options)
  }
}
