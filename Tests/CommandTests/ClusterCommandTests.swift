import Documents
import Glibc
import HeadroomTesting
import Testing

private func isThere(_ program: String) -> Bool {
  ChildProcess.find(program) != nil || access("/usr/sbin/\(program)", X_OK) == 0
}

/// Questions, the answers of one machine, and a worker of which the first one dies.
private struct Work {
  let folder: String
  let questions: String
  let alone: String

  init(_ count: Int) throws {
    folder = try Command.temporaryFolder()
    questions = (0..<count).map {
      "{\"id\": \($0), \"avg_qps\": \(100 + $0 % 97), \"peak_to_avg\": 2.5, \"headroom\": 0.5, \"qps_per_instance\": 50}\n"
    }.joined()
    try Command.write(questions, to: folder + "/questions.ndjson")
    alone = try Command.run(["plan", "--batch"], in: folder, stdin: questions).stdout
    // The first that starts answers some and is killed as a machine's memory killer does it.
    try Command.write(
      """
      #!/bin/sh
      if mkdir "\(folder)/died" 2>/dev/null; then
        head -n 100 | "\(Command.path)" "$@"
        kill -9 $$
      fi
      exec "\(Command.path)" "$@"
      """, to: folder + "/worker")
    chmod(folder + "/worker", 0o755)
  }

  /// The folder of a job has folders in it.
  func remove() { _ = try? ChildProcess.run("/bin/rm", ["-rf", "--", folder]) }
}

@Suite(
  "headroom fleet submit to a real Slurm",
  .enabled(if: ["slurmctld", "slurmd", "munged", "sbatch"].allSatisfy(isThere), "Slurm is not installed"))
struct SlurmCommandTests {
  private static let script = TestData.checkout + "/script/slurm"

  @Test("gives the bytes of one machine, although a worker is killed")
  func killed() throws {
    let work = try Work(2500)
    defer { work.remove() }
    let started = try ChildProcess.run(Self.script, ["start", work.folder + "/slurm"])
    defer { _ = try? ChildProcess.run(Self.script, ["stop", work.folder + "/slurm"]) }
    try #require(started.status == 0, "\(started.output)")
    let environment = ["SLURM_CONF": work.folder + "/slurm/slurm.conf"]
    let arguments = [
      "fleet", "submit", "plan", "questions.ndjson", "--engine", "slurm", "--job", "job", "--worker",
      work.folder + "/worker",
    ]
    let result = try Command.run(arguments, in: work.folder, through: ["timeout", "120"], environment: environment)
    #expect(result.exit == 0, "\(result.stderr)")
    #expect(result.stdout == work.alone)
    #expect(result.stderr.contains("handed in again"))
    let look = try Command.run(["fleet", "wait", "job", "--look"], in: work.folder, environment: environment)
    #expect(look.stdout.contains("3 of 3 tasks are done") && look.stdout.contains("handed in 2 times"))
  }

  @Test("a job that was handed in by one process is followed by another, and one that always fails ends with its words")
  func detached() throws {
    let work = try Work(1200)
    defer { work.remove() }
    let started = try ChildProcess.run(Self.script, ["start", work.folder + "/slurm"])
    defer { _ = try? ChildProcess.run(Self.script, ["stop", work.folder + "/slurm"]) }
    try #require(started.status == 0, "\(started.output)")
    let environment = ["SLURM_CONF": work.folder + "/slurm/slurm.conf"]
    let submit = ["fleet", "submit", "plan", "questions.ndjson", "--engine", "slurm"]
    let detached = try Command.run(submit + ["--job", "job", "--detach"], in: work.folder, environment: environment)
    #expect(detached.exit == 0 && detached.stdout.isEmpty)
    let waited = try Command.run(
      ["fleet", "wait", "job"], in: work.folder, through: ["timeout", "120"], environment: environment)
    #expect(waited.stdout == work.alone)
    let bad = try Command.run(
      submit + ["--job", "bad", "--worker", "/bin/false", "--retries", "0"], in: work.folder,
      through: ["timeout", "120"],
      environment: environment)
    #expect(bad.exit == 1 && bad.stderr.contains("were lost 1 time:"), "\(bad.stderr)")
  }
}

@Suite(
  "headroom fleet submit to a real Spark",
  .enabled(
    if: ChildProcess.find("java") != nil
      && access(TestData.checkout + "/.deps/python/bin/spark-submit", X_OK) == 0, "pyspark or Java is not installed"))
struct SparkCommandTests {
  @Test("gives the bytes of one machine in the order of the lines, although a worker is killed")
  func killed() throws {
    let work = try Work(2500)
    defer { work.remove() }
    let result = try Command.run(
      [
        "fleet", "submit", "plan", work.folder + "/questions.ndjson", "--engine", "spark", "--job", "job", "--worker",
        work.folder + "/worker", "--set", "master=local-cluster[2,1,1024]",
      ], in: work.folder, through: ["timeout", "300"],
      environment: ["HEADROOM_SPARK_SUBMIT": TestData.checkout + "/script/spark"])
    #expect(result.exit == 0, "\(result.stderr)")
    #expect(result.stdout == work.alone)
    #expect(access(work.folder + "/died", F_OK) == 0)
  }
}
