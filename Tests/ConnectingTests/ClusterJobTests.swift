import Documents
import Foundation
import HeadroomTesting
import Testing

@testable import Connecting

@Suite("A cluster's job") struct ClusterJobTests {
  /// A job of so many questions, answered by a filter.
  private static func job(
    _ folder: Folder, questions: Int, chunk: Int = 10, most: Int = 1000, engine: String = "slurm",
    worker: String = "/bin/cat", verb: [String] = ["/dev/stdin"]
  ) throws -> ClusterJob {
    var request = ClusterJob.Request(folder: folder.path + "/job", engine: engine, verb: verb, worker: worker)
    request.chunk = chunk
    request.mostTasks = most
    request.settings = ["partition": "batch", "image": "registry/headroom:1", "claim": "shared", "path": "/jobs/a"]
    return try ClusterJob(request) { take in
      for i in 0..<questions { try Array("{\"id\":\(i)}".utf8).withUnsafeBytes(take) }
    }
  }

  private static func merged(_ job: ClusterJob) throws -> String {
    var bytes: [UInt8] = []
    try job.merge { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    "cuts questions into tasks of at least a chunk, and no more tasks than the engine takes",
    arguments: [(1, 10, 1000, [1]), (10, 10, 1000, [10]), (25, 10, 1000, [10, 10, 5]), (25, 10, 2, [13, 12])])
  func chunks(questions: Int, chunk: Int, most: Int, sizes: [Int]) throws {
    let folder = try Folder()
    let job = try Self.job(folder, questions: questions, chunk: chunk, most: most)
    #expect(job.sizes == sizes && job.open == Array(1...sizes.count))
    let again = try ClusterJob(folder: folder.path + "/job")
    #expect(again.sizes == sizes && again.verb == job.verb && again.settings == job.settings)
  }

  @Test("is not made where one is already, nor of nothing")
  func refused() throws {
    let folder = try Folder()
    _ = try Self.job(folder, questions: 3)
    #expect(throws: ConnectingError.self) { try Self.job(folder, questions: 3) }
    let other = try Folder()
    #expect(throws: ConnectingError.self) { try Self.job(other, questions: 0) }
    #expect(throws: ConnectingError.self) { try ClusterJob(folder: other.path) }
  }

  @Test("its tasks run in any order and more than once, and the answers are in the order of the questions")
  func merge() throws {
    let folder = try Folder()
    // cat takes a last word, which the task gives it as --batch.
    let script = folder.path + "/filter"
    try "#!/bin/sh\nexec sed 's/id/answer/'\n".write(toFile: script, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    let job = try Self.job(folder, questions: 25, worker: script, verb: ["size"])
    for task in [3, 1, 3, 2] {
      let run = try ChildProcess.run("/bin/sh", [job.folder + "/task.sh", "\(task)"])
      #expect(run.status == 0, "\(run.output)")
    }
    #expect(job.open.isEmpty)
    #expect(try Self.merged(job) == (0..<25).map { "{\"answer\":\($0)}\n" }.joined())
  }

  @Test("a task that loses answers or dies leaves nothing behind")
  func lost() throws {
    let folder = try Folder()
    let script = folder.path + "/filter"
    for body in ["head -n 5", "cat; exit 3", "head -n 5; kill -9 $$"] {
      try "#!/bin/sh\n\(body)\n".write(toFile: script, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
      try? FileManager.default.removeItem(atPath: folder.path + "/job")
      let job = try Self.job(folder, questions: 10, worker: script, verb: ["size"])
      #expect(try ChildProcess.run("/bin/sh", [job.folder + "/task.sh", "1"]).status != 0)
      #expect(job.open == [1])
    }
  }

  @Test("tasks are told as ranges, and a listing of Slurm's gives those that have not ended")
  func slurm() throws {
    #expect(ClusterJob.ranges([7, 1, 2, 3, 9, 10, 3]) == "1-3,7,9-10" && ClusterJob.ranges([]) == "")
    let listing =
      "12 1 RUNNING\n12 2 PENDING\n12 3 COMPLETING\n12 4 FAILED\n13 5 RUNNING\n14 6 RUNNING\nodd\n12 N/A PENDING\n"
    #expect(SlurmEngine.alive(listing, of: ["12", "14"]) == [1, 2, 3, 6])
    let folder = try Folder()
    let job = try Self.job(folder, questions: 3)
    let script = SlurmEngine.script(of: job)
    #expect(script.contains("#SBATCH --partition=batch\n") && script.hasPrefix("#!/bin/sh\n"))
    #expect(SlurmEngine.arguments(job, [1, 2, 5]) == ["--array=1-2,5"])
  }

  @Test("an Indexed Job has an index a task, mounts the folder and limits each index by itself")
  func kubernetes() throws {
    let folder = try Folder()
    let job = try Self.job(folder, questions: 25, engine: "kubernetes")
    let text = try KubernetesEngine.manifest(of: job, tasks: 3, round: 2)
    let node = try YAML.parse(Array(text.utf8))
    let spec = try #require(node["spec"])
    #expect(spec["completions"]?.integer == 3 && spec["completionMode"]?.text == "Indexed")
    #expect(spec["backoffLimitPerIndex"]?.integer == 2 && spec["parallelism"]?.integer == 3)
    let container = try #require(spec["template"]?["spec"]?["containers"]?.elements?.first)
    #expect(container["command"]?.elements?.last?.text?.contains("/job/round-2") == true)
    #expect(container["volumeMounts"]?.elements?.first?["subPath"]?.text == "jobs/a")
    var bare = job
    bare.settings = [:]
    #expect(throws: ConnectingError.self) { try KubernetesEngine.manifest(of: bare, tasks: 3, round: 1) }
    #expect(KubernetesEngine.isAlive("{\"kind\": \"Job\", \"status\": {\"active\": 1}}"))
    #expect(
      !KubernetesEngine.isAlive(
        "{\"kind\": \"Job\", \"status\": {\"conditions\": [{\"type\": \"Failed\", \"status\": \"True\"}]}}"))
    #expect(!KubernetesEngine.isAlive(""))
  }
}
