import Documents

/// A Slurm job array, one element a task, on a file system that all nodes share.
///
/// The commands: https://slurm.schedmd.com/job_array.html
public struct SlurmEngine: ClusterEngine {
  public let name = "slurm"
  public let summary = "A Slurm job array of sbatch, one element a chunk; the job's folder lies where all nodes see it."
  public let parameters: [ExporterDescriptor.Parameter] = [
    .init("partition", default: "the default one", "the partition"),
    .init("account", default: "the user's own", "the account that pays"),
    .init("time", default: "the partition's", "the time limit of a task, as 30 or 1:00:00"),
    .init("cpus", default: "1", "processors of a task"),
    .init("memory", default: "the partition's", "memory of a task, as 2G"),
    .init("at-once", default: "as many as there is room", "how many tasks may run at once"),
  ]

  public init() {}

  /// Slurm's own bound on the index of an array's element, minus one: 1,001 unless the site says more.
  public func mostTasks() -> Int {
    guard let scontrol = Program.find("scontrol"),
      let said = try? Program.run(scontrol, ["show", "config"]), said.status == 0
    else { return 1000 }
    let line = said.output.split(separator: "\n").first { $0.hasPrefix("MaxArraySize") }
    return max(1, (line?.split(separator: "=").last.flatMap { Int($0.filter { $0 != " " }) } ?? 1001) - 1)
  }

  public func submit(_ job: ClusterJob, _ tasks: [Int]) throws(ConnectingError) -> Submitted {
    let script = Self.script(of: job)
    let path = job.folder + "/slurm.sh"
    try ClusterJob.write(Array(script.utf8), to: path, mode: 0o755)
    let arguments = Self.arguments(job, tasks)
    guard let sbatch = Program.find("sbatch") else {
      return .byHand("sbatch \((arguments + [path]).map(ShellWord.quoted).joined(separator: " "))")
    }
    let said = try Program.run(sbatch, ["--parsable"] + arguments + [path])
    // `ID` or `ID;CLUSTER`.
    let id = said.output.split(separator: "\n").last?.split(separator: ";").first.map(String.init) ?? ""
    guard said.status == 0, !id.isEmpty, id.allSatisfy(\.isNumber) else {
      throw ConnectingError(
        .refused, "Slurm does not take the job: \(Self.words(said))",
        remedy: "mend what it says (--set partition=..., time=..., account=...) and run 'headroom fleet wait'")
    }
    return .running(id: id)
  }

  static func arguments(_ job: ClusterJob, _ tasks: [Int]) -> [String] {
    let limit = job.settings["at-once"].map { "%\($0)" } ?? ""
    return ["--array=\(ClusterJob.ranges(tasks))\(limit)"]
  }

  /// The script that each element runs.
  static func script(of job: ClusterJob) -> String {
    var text = "#!/bin/sh\n#SBATCH --job-name=headroom-\(job.verb.first ?? "job")\n"
    text += "#SBATCH --output=\(job.folder)/log/%a.txt\n#SBATCH --open-mode=append\n"
    for (setting, option) in [
      ("partition", "partition"), ("account", "account"), ("time", "time"), ("cpus", "cpus-per-task"),
      ("memory", "mem"),
    ] {
      if let value = job.settings[setting] { text += "#SBATCH --\(option)=\(value)\n" }
    }
    // A task answers on the processors that it was given.
    return text + "export HEADROOM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"\n"
      + "exec \(ShellWord.quoted(job.folder + "/task.sh")) \"$SLURM_ARRAY_TASK_ID\"\n"
  }

  public func alive(_ job: ClusterJob) throws(ConnectingError) -> Set<Int> {
    guard let squeue = Program.find("squeue") else {
      throw ConnectingError(.unreachable, "squeue is not here", remedy: "run this where Slurm's commands are")
    }
    // One line an element, those that wait as well.
    let said = try Program.run(squeue, ["--noheader", "--array", "--format=%F %K %T"])
    guard said.status == 0 else {
      throw ConnectingError(
        .unreachable, "Slurm does not answer: \(Self.words(said))", remedy: "look at 'sinfo', then run the same again")
    }
    return Self.alive(said.output, of: Set(job.submissions.map(\.id)))
  }

  /// The elements of some jobs that have not ended.
  static func alive(_ listing: String, of ids: Set<String>) -> Set<Int> {
    let over: Set<Substring> = [
      "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "OUT_OF_MEMORY", "DEADLINE", "PREEMPTED",
    ]
    return Set(
      listing.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count >= 3, ids.contains(String(words[0])), !over.contains(words[2]) else { return nil }
        return Int(words[1])
      })
  }

  public func cancel(_ job: ClusterJob) throws(ConnectingError) {
    let ids = job.submissions.map(\.id)
    guard !ids.isEmpty, let scancel = Program.find("scancel") else { return }
    _ = try Program.run(scancel, ids)
  }

  private static func words(_ said: Program.Result) -> String {
    let text = said.errors.isEmpty ? said.output : said.errors
    return text.split(separator: "\n").last.map(String.init) ?? "it ended with \(said.status)"
  }
}
