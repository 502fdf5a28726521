import Documents
import Glibc

/// Spark, where the questions already lie in a Parquet table: a short PySpark driver pipes its partitions through the
/// `--batch` filter and writes the answers as Parquet and, in order, as NDJSON. Spark tracks tasks and tries lost ones again.
public struct SparkDriver: Sendable {
  /// What is asked.
  public struct Request: Sendable {
    /// A Parquet table, or NDJSON with a question a line.
    public var questions: String
    /// A new folder: `driver.py`, `answers.parquet`, `answers.ndjson`, `log/spark.txt`.
    public var folder: String
    /// The words behind `headroom`.
    public var verb: [String]
    public var worker: String
    /// How many questions a partition has, about.
    public var chunk: Int
    /// How often a lost task is tried again.
    public var retries: Int
    /// `master`, `id`, `question`, and settings of Spark itself by their own names.
    public var settings: [String: String]
    public init(
      questions: String, folder: String, verb: [String], worker: String, chunk: Int, retries: Int,
      settings: [String: String]
    ) {
      self.questions = questions
      self.folder = folder
      self.verb = verb
      self.worker = worker
      self.chunk = chunk
      self.retries = retries
      self.settings = settings
    }
  }

  public static let summary =
    "A PySpark driver that pipes the partitions of a Parquet table (or of NDJSON) through the filter and writes Parquet."
  public static let parameters: [ExporterDescriptor.Parameter] = [
    .init("master", default: "Spark's own", "where Spark runs, as spark://HOST:7077, yarn, local[4]"),
    .init("id", default: "id", "of a Parquet table, the column by which answers are in order"),
    .init(
      "question", default: "question",
      "of a Parquet table, the column with each question as JSON; without it every column is a key of the question"),
    .init("spark....", default: "none", "a setting of Spark itself, as spark.executor.memory=4g"),
  ]

  /// Where the answers lie, in order.
  public let answers: String
  private let arguments: [String]
  private let log: String

  /// Writes the driver and the command into the job's folder.
  public init(_ request: Request) throws(ConnectingError) {
    for part in ["", "/log"] where mkdir(request.folder + part, 0o755) != 0 && errno != EEXIST {
      throw ConnectingError(
        .badAnswer, "the folder \(request.folder) cannot be made: \(String(cString: strerror(errno)))",
        remedy: "name a folder that may be written")
    }
    answers = request.folder + "/answers.ndjson"
    log = request.folder + "/log/spark.txt"
    guard access(answers, F_OK) != 0 else {
      throw ConnectingError(
        .badRequest, "\(answers) is there already", remedy: "name another folder, or remove it to ask again")
    }
    let driver = request.folder + "/driver.py"
    try ClusterJob.write(Array(Self.script.utf8), to: driver)
    var arguments: [String] = []
    if let master = request.settings["master"] { arguments += ["--master", master] }
    var settings = request.settings.filter { $0.key.hasPrefix("spark.") }
    // A task may fail so often before the job does; on one machine Spark reads the count from the master alone.
    settings["spark.task.maxFailures"] = settings["spark.task.maxFailures"] ?? "\(request.retries + 1)"
    for (key, value) in settings.sorted(by: { $0.key < $1.key }) { arguments += ["--conf", "\(key)=\(value)"] }
    arguments += [driver, "--questions", request.questions, "--folder", request.folder, "--chunk", "\(request.chunk)"]
    for key in ["id", "question"] { if let value = request.settings[key] { arguments += ["--\(key)", value] } }
    arguments += ["--", request.worker] + request.verb + ["--batch"]
    self.arguments = arguments
  }

  /// `spark-submit`: HEADROOM_SPARK_SUBMIT, the path's, or that of .deps/python.
  private static var program: String? {
    if let named = getenv("HEADROOM_SPARK_SUBMIT") { return Program.find(String(cString: named)) }
    return Program.find("spark-submit") ?? Program.find("./.deps/python/bin/spark-submit")
  }

  /// The command as somebody would type it.
  public var command: String {
    ShellWord.command(["spark-submit"] + arguments)
  }

  /// Runs the driver to its end.
  ///
  /// - Returns: false where Spark is not here.
  /// - Throws: ``ConnectingError`` with Spark's own last words.
  public func run() throws(ConnectingError) -> Bool {
    guard let program = Self.program else { return false }
    let said = try Program.run(program, arguments, log: log)
    guard said.status == 0, access(answers, F_OK) == 0 else {
      let text = (try? Input.read(path: log)).map { String(decoding: $0.suffix(100_000), as: UTF8.self) } ?? ""
      let words = text.split(separator: "\n").last { $0.contains("Error") || $0.contains("Exception") }
      throw ConnectingError(
        .serverFailed, "Spark ended with \(said.status)\(words.map { ": \($0.prefix(300))" } ?? "")",
        remedy: "read \(log), mend what it says, remove the folder and ask again")
    }
    return true
  }

  /// The driver.
  static let script = #"""
    """Pipes questions through a filter that answers one line with one line.

    Written by 'headroom fleet submit --engine spark'. The answers are in the order of the ids of a Parquet table, or of the
    lines of a file, whatever becomes of single tasks: a task that fails is tried again as a whole.
    """

    import argparse
    import os
    import shlex

    from pyspark import StorageLevel
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--chunk", type=int, default=1000)
    parser.add_argument("--id", default="id")
    parser.add_argument("--question", default="question")
    parser.add_argument("command", nargs="+")
    a = parser.parse_args()

    spark = SparkSession.builder.appName("headroom").getOrCreate()
    if a.questions.endswith((".ndjson", ".jsonl", ".json", ".txt")):
        lines = spark.sparkContext.textFile(a.questions).filter(lambda line: line.strip() != "")
        parts = max(1, -(-lines.count() // a.chunk))
        # The order is kept: neighbouring splits are put together, or the numbered lines laid out anew.
        if parts <= lines.getNumPartitions():
            lines = lines.coalesce(parts)
        else:
            lines = lines.zipWithIndex().map(lambda pair: (pair[1], pair[0])).sortByKey(numPartitions=parts).values()
    else:
        table = spark.read.parquet(a.questions)
        if a.question in table.columns:
            question = F.col(a.question)
        else:
            question = F.to_json(F.struct(*table.columns))
        parts = max(1, -(-table.count() // a.chunk))
        rows = table.select(F.col(a.id).alias("id"), question.alias("question"))
        lines = rows.repartitionByRange(parts, "id").sortWithinPartitions("id").rdd.map(lambda row: row[1])

    command = " ".join(shlex.quote(word) for word in a.command)
    answers = lines.pipe(command, checkCode=True).persist(StorageLevel.DISK_ONLY)
    table = answers.map(lambda line: (line,)).toDF("answer string")
    table = table.select(F.get_json_object("answer", "$.id").alias("id"), "answer")
    table.write.mode("overwrite").parquet(os.path.join(a.folder, "answers.parquet"))

    # In order, a partition at a time; under its name once it is whole.
    part = os.path.join(a.folder, "answers.ndjson.part")
    with open(part, "w", encoding="utf-8", newline="\n") as out:
        for line in answers.toLocalIterator():
            out.write(line + "\n")
    os.replace(part, os.path.join(a.folder, "answers.ndjson"))
    spark.stop()

    """#
}
