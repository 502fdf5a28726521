import Documents
import Scaling

/// A Kubernetes Indexed Job, one index a task, with the job's folder on a volume that all its pods mount.
///
/// The API: https://kubernetes.io/docs/concepts/workloads/controllers/job/ (`batch/v1`; limits by index since 1.29,
/// stable in 1.33).
public struct KubernetesEngine: ClusterEngine {
  public let name = "kubernetes"
  public let summary =
    "An Indexed Job, one index a chunk; the job's folder lies on a volume that is mounted here and in every pod."
  public let parameters: [ExporterDescriptor.Parameter] = [
    .init("image", "the image with the program in it"),
    .init("claim", "the PersistentVolumeClaim on which the job's folder lies (ReadWriteMany)"),
    .init("path", default: "/", "the folder's path on that volume"),
    .init("namespace", default: "the current one", "the namespace"),
    .init("at-once", default: "16", "how many pods may run at once"),
    .init("cpus", default: "1", "processors of a pod"),
    .init("memory", default: "1Gi", "memory of a pod"),
  ]
  public var usesOwnProgram: Bool { false }

  public init() {}

  /// The API's bound for jobs with limits by index is 100,000 completions.
  public func mostTasks() -> Int { 100_000 }

  public func submit(_ job: ClusterJob, _ tasks: [Int]) throws(ConnectingError) -> Submitted {
    let round = job.submissions.count + 1
    // Which task an index is: of a later round, the ones that were lost.
    let list = tasks.map { "\($0)\n" }.joined()
    try ClusterJob.write(Array(list.utf8), to: job.folder + "/round-\(round)")
    let path = job.folder + "/kubernetes-\(round).yaml"
    try ClusterJob.write(Array(try Self.manifest(of: job, tasks: tasks.count, round: round).utf8), to: path)
    guard let kubectl = Program.find("kubectl") else { return .byHand("kubectl apply -f \(ShellWord.file(path))") }
    let said = try Program.run(kubectl, Self.namespace(job) + ["apply", "-f", path])
    guard said.status == 0 else {
      throw ConnectingError(
        .refused, "the cluster does not take the job: \(Self.words(said))",
        remedy: "mend what it says and run 'headroom fleet wait'")
    }
    return .running(id: Self.name(of: job, round: round))
  }

  /// A DNS label that is the folder's, and the round's.
  static func name(of job: ClusterJob, round: Int) -> String {
    let own = KubernetesName.label(String(job.folder.split(separator: "/").last ?? "job"))
    return "headroom-\(own.isEmpty ? "job" : String(own.prefix(40)))-\(round)"
  }

  static func manifest(of job: ClusterJob, tasks: Int, round: Int) throws(ConnectingError) -> String {
    func required(_ key: String) throws(ConnectingError) -> String {
      guard let value = job.settings[key], !value.isEmpty else {
        throw ConnectingError(.badRequest, "Kubernetes needs the \(key)", remedy: "add --set \(key)=...")
      }
      return value
    }
    func quoted(_ text: String) -> String {
      var json = JSONWriter()
      json.string(text)
      return json.text
    }
    let image = try required("image")
    let claim = try required("claim")
    let path = job.settings["path"] ?? "/"
    let below = path.split(separator: "/").joined(separator: "/")
    let memory = job.settings["memory"] ?? "1Gi"
    let cpus = job.settings["cpus"] ?? "1"
    let atOnce = min(tasks, max(1, Int(job.settings["at-once"] ?? "") ?? 16))
    let shell = "exec /job/task.sh \"$(sed -n \"$((JOB_COMPLETION_INDEX + 1))p\" /job/round-\(round))\""
    return """
      # Written by headroom fleet submit: task N answers in/N.ndjson into out/N.ndjson of the job's folder.
      apiVersion: batch/v1
      kind: Job
      metadata:
        name: \(quoted(name(of: job, round: round)))\(job.settings["namespace"].map { "\n  namespace: \(quoted($0))" } ?? "")
        labels: { app.kubernetes.io/managed-by: headroom }
      spec:
        completionMode: Indexed
        completions: \(tasks)
        parallelism: \(atOnce)
        # A task that fails is tried again by itself; one that fails too often takes no other with it.
        backoffLimitPerIndex: \(job.retries)
        maxFailedIndexes: \(tasks)
        ttlSecondsAfterFinished: 86400
        podFailurePolicy:
          rules:
            # A node that goes away is no failure of the task.
            - action: Ignore
              onPodConditions: [ { type: DisruptionTarget } ]
        template:
          metadata:
            labels: { app.kubernetes.io/managed-by: headroom }
          spec:
            restartPolicy: Never
            containers:
              - name: headroom
                image: \(quoted(image))
                command: [ /bin/sh, -c, \(quoted(shell)) ]
                env: [ { name: HEADROOM_THREADS, value: \(quoted(threads(cpus))) } ]
                resources:
                  requests: { cpu: \(quoted(cpus)), memory: \(quoted(memory)) }
                  limits: { memory: \(quoted(memory)) }
                volumeMounts:
                  - name: job
                    mountPath: /job\(below.isEmpty ? "" : "\n              subPath: \(quoted(below))")
            volumes:
              - name: job
                persistentVolumeClaim: { claimName: \(quoted(claim)) }

      """
  }

  /// Whole processors of a quantity: `2`, `1500m` are two and one.
  private static func threads(_ cpus: String) -> String {
    let count = cpus.hasSuffix("m") ? (Double(cpus.dropLast()) ?? 1000) / 1000 : Double(cpus) ?? 1
    return "\(max(1, Int(min(1024, count))))"
  }

  public func alive(_ job: ClusterJob) throws(ConnectingError) -> Set<Int> {
    guard let kubectl = Program.find("kubectl") else {
      throw ConnectingError(.unreachable, "kubectl is not here", remedy: "run this where kubectl reaches the cluster")
    }
    var alive: Set<Int> = []
    for submission in job.submissions {
      let said = try Program.run(
        kubectl, Self.namespace(job) + ["get", "job", submission.id, "--ignore-not-found", "-o", "json"])
      guard said.status == 0 else {
        throw ConnectingError(
          .unreachable, "the cluster does not answer: \(Self.words(said))",
          remedy: "look at 'kubectl get job', then run the same again")
      }
      if Self.isAlive(said.output) { alive.formUnion(submission.tasks) }
    }
    return alive
  }

  /// Whether a Job has neither completed nor failed for good: the controller tries its indexes again by itself.
  static func isAlive(_ document: String) -> Bool {
    guard let node = try? JSON.parse(document), node["kind"]?.text == "Job" else { return false }
    return !(node["status"]?["conditions"]?.elements ?? []).contains {
      ["Complete", "Failed"].contains($0["type"]?.text ?? "") && $0["status"]?.text == "True"
    }
  }

  public func cancel(_ job: ClusterJob) throws(ConnectingError) {
    guard let kubectl = Program.find("kubectl") else { return }
    for submission in job.submissions {
      _ = try Program.run(
        kubectl, Self.namespace(job) + ["delete", "job", submission.id, "--ignore-not-found", "--wait=false"])
    }
  }

  private static func namespace(_ job: ClusterJob) -> [String] {
    job.settings["namespace"].map { ["--namespace", $0] } ?? []
  }
  private static func words(_ said: Program.Result) -> String {
    let text = said.errors.isEmpty ? said.output : said.errors
    return text.split(separator: "\n").last.map(String.init) ?? "it ended with \(said.status)"
  }
}
