import Documents
import Glibc

/// Questions for a cluster, in a folder that all its machines see: cut into chunks, one a task, with the answers beside them.
///
///     job.json            what it is
///     in/000001.ndjson    the questions of task 1
///     out/000001.ndjson   its answers, whole: a task writes elsewhere and moves its file there at its end
///     task.sh             what a task runs, given its number
///     submissions         which tasks were handed to the engine, and under which number of its own
///     log/                what tasks said
///
/// Whatever dies, what is in `out` is done and what is not is to be done: nothing else is believed.
public struct ClusterJob: Sendable {
  /// Fewer questions a task cost more in starting it than in answering them.
  public static let leastChunk = 1000

  public let folder: String
  /// `"slurm"`.
  public var engine: String
  /// The words behind `headroom`: `["forecast"]`.
  public var verb: [String]
  /// The program that a task runs.
  public var worker: String
  /// How often a lost task is handed in again.
  public var retries: Int
  /// The engine's own settings.
  public var settings: [String: String]
  /// How many questions each task has.
  public private(set) var sizes: [Int]
  /// Whether the questions are plan files, whose answers make the report of a fleet.
  public var isOfPlans = false

  public var tasks: Int { sizes.count }
  public var questions: Int { sizes.reduce(0, +) }

  // MARK: Making one

  /// What a job is made of.
  public struct Request: Sendable {
    public var folder: String
    public var engine: String
    public var verb: [String]
    public var worker: String
    public var chunk = ClusterJob.leastChunk
    /// The most tasks that the engine takes in one job.
    public var mostTasks = 1000
    public var retries = 2
    public var settings: [String: String] = [:]
    public var isOfPlans = false
    public init(folder: String, engine: String, verb: [String], worker: String) {
      self.folder = folder
      self.engine = engine
      self.verb = verb
      self.worker = worker
    }
  }

  /// Cuts questions into chunks in a new folder.
  ///
  /// - Parameter questions: hands over one question after the other, without line ends, as often as it is asked.
  /// - Throws: ``ConnectingError`` where the folder holds a job already, or cannot be written; what `questions` throws.
  public init(
    _ request: Request, questions: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let folder = try Self.made(request.folder)
    var count = 0
    try questions { _ in count += 1 }
    guard count > 0 else {
      throw ConnectingError(.noData, "there is no question", remedy: "give a file with one JSON object a line")
    }
    let chunk = max(request.chunk, (count + request.mostTasks - 1) / max(1, request.mostTasks))
    var sizes: [Int] = []
    var part: [UInt8] = []
    var held = 0
    func close() throws(ConnectingError) {
      guard held > 0 else { return }
      sizes.append(held)
      try Self.write(part, to: "\(folder)/in/\(Self.number(sizes.count)).ndjson")
      part.removeAll(keepingCapacity: true)
      held = 0
    }
    try questions { line in
      part += line
      part.append(10)
      held += 1
      if held == chunk { try close() }
    }
    try close()
    self.folder = folder
    engine = request.engine
    verb = request.verb
    worker = request.worker
    retries = request.retries
    settings = request.settings
    isOfPlans = request.isOfPlans
    self.sizes = sizes
    try Self.write(Array(script.utf8), to: folder + "/task.sh", mode: 0o755)
    // The last of all: a folder without it is no job.
    try Self.write(document, to: folder + "/job.json")
  }

  private static func made(_ path: String) throws(ConnectingError) -> String {
    for part in ["", "/in", "/out", "/part", "/log"] where mkdir(path + part, 0o755) != 0 && errno != EEXIST {
      throw ConnectingError(
        .badAnswer, "the folder \(path + part) cannot be made: \(String(cString: strerror(errno)))",
        remedy: "name a folder that all machines of the cluster see and may write")
    }
    guard access(path + "/job.json", F_OK) != 0 else {
      throw ConnectingError(
        .badRequest, "\(path) holds a job already", remedy: "go on with it: headroom fleet wait \(ShellWord.file(path))"
      )
    }
    guard let real = realpath(path, nil) else {
      throw ConnectingError(.badAnswer, "the folder \(path) is not there", remedy: "name another")
    }
    defer { free(real) }
    return String(cString: real)
  }

  /// What a task runs: it answers its chunk elsewhere, counts the answers, and moves them to their place.
  private var script: String {
    """
    #!/bin/sh
    # Answers the questions of one task: task.sh NUMBER. May run as often as anybody likes.
    set -eu
    cd "$(dirname "$0")"
    n=$(printf %06d "$1")
    [ -e "out/$n.ndjson" ] && exit 0
    part="part/$n.$$.$(uname -n)"
    trap 'rm -f "$part"' EXIT
    \(([ShellWord.quoted(worker)] + verb.map(ShellWord.quoted) + ["--batch"]).joined(separator: " ")) <"in/$n.ndjson" >"$part"
    [ "$(wc -l <"$part")" -eq "$(wc -l <"in/$n.ndjson")" ] || { echo "task $1: answers are missing" >&2; exit 1; }
    mv "$part" "out/$n.ndjson"

    """
  }

  private var document: [UInt8] {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/cluster-job/1")
      for (key, value) in [("engine", engine), ("worker", worker)] {
        json.key(key)
        json.string(value)
      }
      json.key("verb")
      json.array { json in for word in verb { json.string(word) } }
      json.key("retries")
      json.integer(retries)
      json.key("plans")
      json.bool(isOfPlans)
      json.key("settings")
      json.object { json in
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
          json.key(key)
          json.string(value)
        }
      }
      json.key("sizes")
      json.array { json in for size in sizes { json.integer(size) } }
    }
    return json.bytes + [10]
  }

  // MARK: Opening one

  /// A job that was made before.
  /// - Throws: ``ConnectingError`` where the folder holds none; the reader's own errors.
  public init(folder path: String) throws {
    let bytes: [UInt8]
    do throws(DocumentError) {
      bytes = try Input.read(path: path + "/job.json")
    } catch {
      throw ConnectingError(
        .badRequest, "\(path) holds no job", remedy: "name the folder that 'headroom fleet submit --job' was given")
    }
    let node = try JSON.parse(bytes, file: path + "/job.json")
    guard node["schema"]?.text == "headroom/cluster-job/1", let engine = node["engine"]?.text,
      let worker = node["worker"]?.text, let real = realpath(path, nil)
    else {
      throw ConnectingError(.badAnswer, "\(path)/job.json is of another program", remedy: "name another folder")
    }
    defer { free(real) }
    folder = String(cString: real)
    self.engine = engine
    self.worker = worker
    verb = node["verb"]?.elements?.compactMap(\.text) ?? []
    retries = node["retries"]?.integer ?? 2
    isOfPlans = node["plans"]?.bool ?? false
    settings = Dictionary(
      (node["settings"]?.entries ?? []).map { ($0.key, $0.value.text ?? "") }, uniquingKeysWith: { $1 })
    sizes = node["sizes"]?.elements?.compactMap(\.integer) ?? node["sizes"]?.numbers?.map { Int($0) } ?? []
  }

  // MARK: Where it stands

  /// The tasks whose answers are not there yet, by number from 1.
  public var open: [Int] {
    (1...max(1, tasks)).filter { $0 <= tasks && access("\(folder)/out/\(Self.number($0)).ndjson", F_OK) != 0 }
  }

  /// What was handed to the engine.
  public struct Submission: Sendable, Hashable {
    /// The engine's own name for it.
    public var id: String
    public var tasks: [Int]
  }

  public var submissions: [Submission] {
    guard let bytes = try? Input.read(path: folder + "/submissions") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      guard let node = try? JSON.parse(String(line)), let id = node["id"]?.text else { return nil }
      return Submission(
        id: id, tasks: (node["tasks"]?.numbers ?? node["tasks"]?.elements?.compactMap(\.number) ?? []).map { Int($0) })
    }
  }

  func note(_ submission: Submission) throws(ConnectingError) {
    var json = JSONWriter()
    json.object { json in
      json.key("id")
      json.string(submission.id)
      json.key("tasks")
      json.array { json in for task in submission.tasks { json.integer(task) } }
    }
    try Self.write(json.bytes + [10], to: folder + "/submissions", appending: true)
  }

  // MARK: Merging

  /// The answers of all tasks, in the order of the questions.
  ///
  /// - Precondition: none is open.
  public func merge(_ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    for task in 1...max(1, tasks) where task <= tasks {
      try Input.stream(path: "\(folder)/out/\(Self.number(task)).ndjson") { try take($0) }
    }
  }

  /// What a task said last, for telling why it was lost.
  func lastWords(of task: Int) -> String? {
    for name in ["\(folder)/log/\(task).txt", "\(folder)/log/\(Self.number(task)).txt"] {
      if let bytes = try? Input.read(path: name), !bytes.isEmpty {
        return String(decoding: bytes.suffix(400), as: UTF8.self).split(separator: "\n").last.map(String.init)
      }
    }
    return nil
  }

  // MARK: Files

  /// `000001`.
  static func number(_ task: Int) -> String {
    let digits = "\(task)"
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// `1-3,7`: tasks as ranges.
  static func ranges(_ tasks: [Int]) -> String {
    var parts: [ClosedRange<Int>] = []
    for task in tasks.sorted() {
      if let last = parts.last, task == last.upperBound + 1 {
        parts[parts.count - 1] = last.lowerBound...task
      } else if parts.last?.contains(task) != true {
        parts.append(task...task)
      }
    }
    return parts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
  }

  static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t = 0o644, appending: Bool = false
  ) throws(ConnectingError) {
    func fault() -> ConnectingError {
      ConnectingError(
        .badAnswer, "\(path) cannot be written: \(String(cString: strerror(errno)))",
        remedy: "make room, or name another folder")
    }
    let file = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC), mode)
    guard file >= 0 else { throw fault() }
    var rest = bytes[...]
    while !rest.isEmpty {
      let n = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if n < 0, errno == EINTR { continue }
      guard n > 0 else {
        close(file)
        throw fault()
      }
      rest = rest.dropFirst(n)
    }
    guard fsync(file) == 0, close(file) == 0 else { throw fault() }
  }
}
