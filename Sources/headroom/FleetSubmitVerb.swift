import Connecting
import Documents
import Glibc
import Terminal

struct FleetSubmitVerb: Verb {
  static let info = VerbInfo(
    "submit", "how do I answer a million questions on a cluster?",
    discussion: """
      Hands the questions of a --batch filter (one JSON object a line) to an engine that is there already, in chunks of at \
      least 1,000, follows the tasks, hands lost ones in again, and puts the answers together: the same bytes as those of \
      one machine, in the order of the questions.

      VERB is what answers: forecast, size, train, plan and every other verb with --batch. FILE holds the questions; with \
      'plan' it may be a folder of plan files, whose answers make the report of a fleet. --job names a new folder that all \
      machines see: what is in it is the whole state, so that any process may go on with 'headroom fleet wait'.

      Engines: slurm (\(SlurmEngine().summary.dropLast())); kubernetes (\(KubernetesEngine().summary.dropLast())); spark \
      (\(SparkDriver.summary.dropLast())). Where the engine's own program is not here, the job is written and the command \
      that submits it is told. Settings of an engine are given as --set NAME=VALUE.
      """,
    examples: [
      Example(
        "headroom fleet submit forecast questions.ndjson --engine slurm --job /shared/job -o answers.ndjson",
        "a job array, followed to its end"),
      Example("headroom fleet submit plan plans/ --engine slurm --job /shared/job -o fleet.html", "a fleet's report"),
      Example(
        "headroom fleet submit size questions.ndjson --engine kubernetes --job /mnt/job --set image=REGISTRY/headroom:1 --set claim=shared",
        "an Indexed Job"),
      Example(
        "headroom fleet submit forecast questions.parquet --engine spark --job /shared/job --set master=yarn",
        "a Parquet table"),
    ], seeAlso: ["fleet", "fleet wait", "fleet cancel"], section: "Plan")

  let common: SharedOptions
  let verb: String
  let file: String
  let engine: String
  let job: String?
  let chunk: Int
  let retries: Int
  let worker: String?
  let settings: [String]
  let isDetached: Bool

  private static let engines = EngineList.all.map(\.name) + ["spark"]

  init(_ a: inout Arguments) throws(UsageError) {
    let engine: String? = try a.option(
      "engine", value: "ENGINE", help: Self.engines.joined(separator: ", "), completion: .words(Self.engines))
    job = try a.option("job", value: "DIR", help: "a new folder that all machines see", completion: .files([]))
    chunk = try a.option(
      "chunk", value: "N", default: ClusterJob.leastChunk, help: "how many questions a task answers, at least")
    retries = try a.option("retries", value: "N", default: 2, help: "how often a lost task is handed in again")
    worker = try a.option(
      "worker", value: "PATH", help: "the program that tasks run (this one; in an image 'headroom')",
      completion: .files([]))
    settings = try a.options("set", value: "NAME=VALUE", help: "a setting of the engine, as partition=batch")
    isDetached = a.flag("detach", help: "hand it in and leave; 'headroom fleet wait' follows it")
    verb = try a.positional("VERB", help: "what answers: a verb with --batch")
    file = try a.positional(
      "FILE", help: "questions, one JSON object a line; - for standard input", completion: .files([]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown, .csv], now: true)
    self.engine = engine ?? ""
    let isEngine = a.isDeclaring || Self.engines.contains(self.engine)
    let near = nearest(self.engine, in: Self.engines).map { " Did you mean '\($0)'?" } ?? ""
    a.check(
      isEngine,
      engine == nil
        ? "No engine is named. Add --engine \(Self.engines.joined(separator: ", or "))."
        : "'\(self.engine)' is not an engine.\(near) There are: \(Self.engines.joined(separator: ", ")).")
    let hasJob = job != nil
    a.check(hasJob, "No folder is named for the job. Add --job DIR, which all machines see.")
    let isCounted = chunk >= 1 && chunk <= 10_000_000 && retries >= 0 && retries <= 100
    a.check(isCounted, "'--chunk' is a number from 1 up, '--retries' one from 0 to 100.")
  }

  func run() throws -> ExitCode {
    guard let folder = job else { return .usage }
    let named = try ExportSettings.read(settings)
    let words = verb.split(separator: " ").map(String.init)
    try check(named)
    if engine == "spark" { return try spark(words, folder, named) }
    guard let engine = EngineList.named(engine) else { return .usage }
    var request = ClusterJob.Request(
      folder: folder, engine: engine.name, verb: words, worker: program(own: engine.usesOwnProgram))
    request.chunk = chunk
    request.mostTasks = engine.mostTasks()
    request.retries = retries
    request.settings = named
    let plans = try FleetQuestions.plans(file, verb: words, common)
    request.isOfPlans = plans != nil
    let source = try FleetQuestions(plans.map { .lines($0) } ?? .file(file))
    let job = try ClusterJob(request, questions: source.each)
    common.console.note(
      "\(job.questions) questions in \(job.tasks) task\(job.tasks == 1 ? "" : "s"), in \(job.folder).")
    return try FleetFollowing(job, common).run(isDetached: isDetached)
  }

  /// Every setting is one that the engine has.
  private func check(_ named: [String: String]) throws {
    let known = engine == "spark" ? SparkDriver.parameters : EngineList.named(engine)?.parameters ?? []
    for key in named.keys.sorted()
    where !known.contains(where: { $0.name == key }) && !(engine == "spark" && key.hasPrefix("spark.")) {
      throw Failure(
        "'\(engine)' has no setting '\(key)'. It has: \(known.map(\.name).joined(separator: ", ")).", exitCode: .usage)
    }
  }

  /// What tasks run: this program's own file where they run on machines that see it.
  private func program(own: Bool) -> String {
    if let worker { return worker }
    guard own, let path = realpath("/proc/self/exe", nil) else { return "headroom" }
    defer { free(path) }
    return String(cString: path)
  }

  private func spark(_ words: [String], _ folder: String, _ named: [String: String]) throws -> ExitCode {
    guard access(file, R_OK) == 0 else {
      throw Failure("There is no '\(file)'. Name a Parquet table or a file of questions.", exitCode: .badInput)
    }
    let driver = try SparkDriver(
      SparkDriver.Request(
        questions: file, folder: folder, verb: words, worker: program(own: true), chunk: chunk, retries: retries,
        settings: named))
    if isDetached {
      common.console.print(driver.command)
      return .done
    }
    common.console.note("Spark runs; what it says is in \(folder)/log/spark.txt.")
    guard try driver.run() else {
      common.console.print(driver.command)
      common.console.warn(
        "spark-submit is not here: the driver is written, and the command above runs it. Install Spark, or name it in HEADROOM_SPARK_SUBMIT."
      )
      return .unavailable
    }
    try Input.stream(path: driver.answers) { common.console.result.write(bytes: $0) }
    return .done
  }
}

/// The questions of a job: the lines of a file, or a folder's plans.
struct FleetQuestions {
  enum Source {
    case file(String)
    case lines([[UInt8]])
  }
  private let source: Source
  /// Standard input is there once, and a job reads its questions twice.
  private let spool: SpooledInput?

  init(_ source: Source) throws {
    self.source = source
    if case .file("-") = source { spool = try SpooledInput() } else { spool = nil }
  }

  /// The plan files of a folder as questions; nil where it is no folder, or another verb's.
  static func plans(_ path: String, verb: [String], _ common: SharedOptions) throws -> [[UInt8]]? {
    var info = stat()
    guard verb == ["plan"], stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { return nil }
    let now = try Clock.moment(common).now
    return try PlanFolder(path).plans.map { file in
      var json = JSONWriter()
      json.object { json in
        json.key("id")
        json.string(file)
        json.key("file")
        // Tasks run in the job's own folder.
        json.string(
          realpath(file, nil).map { path in
            defer { free(path) }
            return String(cString: path)
          } ?? file)
        json.key("now")
        json.string(now.iso8601)
      }
      return json.bytes
    }
  }

  /// Hands over one question after the other; lines without one are left out, as the filters leave them out.
  func each(_ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch source {
    case .lines(let lines):
      for line in lines { try line.withUnsafeBytes(take) }
    case .file(let path):
      var reader = NDJSONReader()
      func line(_ bytes: UnsafeRawBufferPointer, _ number: Int) throws {
        if !bytes.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { try take(bytes) }
      }
      try Input.stream(path: spool?.path ?? path) { chunk in try reader.feed(chunk) { try line($0, $1) } }
      try reader.finish { try line($0, $1) }
    }
  }
}
