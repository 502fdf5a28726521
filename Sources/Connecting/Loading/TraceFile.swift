import Documents
import Quantities
import Traffic

/// Files of demand, told apart by their names.
public enum TraceFile {
  /// Whether a file's name says that it holds a JSON object a line.
  public static func isLines(_ file: String) -> Bool {
    [".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"].contains { file.hasSuffix($0) }
  }

  /// Reads the one trace of a file of any kind.
  public static func trace(file: String, time: String?, value: String?, options: TraceOptions) throws -> Trace {
    try TraceReader.one(path: file, SeriesSelection(time: time, values: value.map { [$0] } ?? []), options: options)
  }
}
