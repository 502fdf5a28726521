import Documents
import Quantities

/// What a Kueue ClusterQueue may use, of one resource.
public struct KueueQuota: Hashable, Sendable {
  public var queue: String
  public var resource: String
  /// Accelerators that are its own, and that it may borrow from its cohort; nil where that has no bound.
  public var nominal: Int
  public var borrowing: Int?
  public var used: Int
  /// Workloads that wait.
  public var pending: Int
  public var cohort: String?

  /// What it could have at best.
  public var most: Int? { borrowing.map { nominal + $0 } ?? (cohort == nil ? nominal : nil) }

  /// Reads a ClusterQueue (`kubectl get clusterqueue NAME -o yaml`).
  ///
  /// - Parameter wanted: which one counts; nil for the first whose name ends in `gpu`.
  /// - Throws: ``TrainingError`` where the document is no ClusterQueue or has no such resource.
  public init(_ document: Node, resource wanted: String? = nil) throws(TrainingError) {
    guard document["kind"]?.text == "ClusterQueue", let spec = document["spec"] else {
      throw TrainingError(
        .invalidValue, "the document is not a ClusterQueue but '\(document["kind"]?.text ?? "nothing")'",
        remedy: "write it with kubectl get clusterqueue NAME -o yaml")
    }
    var nominal = 0
    var borrowing: Int? = 0
    var found: String?
    for group in spec["resourceGroups"]?.elements ?? [] {
      for flavor in group["flavors"]?.elements ?? [] {
        for resource in flavor["resources"]?.elements ?? [] {
          guard let name = resource["name"]?.text, wanted.map({ $0 == name }) ?? name.hasSuffix("gpu"),
            found == nil || found == name
          else { continue }
          found = name
          nominal += resource["nominalQuota"]?.text.flatMap { Int($0) } ?? 0
          if let limit = resource["borrowingLimit"]?.text.flatMap({ Int($0) }) {
            borrowing = borrowing.map { $0 + limit }
          } else if (spec["cohort"] ?? spec["cohortName"])?.text != nil {
            borrowing = nil
          }
        }
      }
    }
    guard let found else {
      throw TrainingError(
        .unknownName, "the queue has no quota of \(wanted ?? "a resource that ends in gpu")",
        remedy: "name one with --resource")
    }
    var used = 0
    for flavor in (document["status"]?["flavorsReservation"] ?? document["status"]?["flavorsUsage"])?.elements ?? [] {
      for resource in flavor["resources"]?.elements ?? [] where resource["name"]?.text == found {
        used += resource["total"]?.text.flatMap { Int($0) } ?? 0
      }
    }
    queue = document["metadata"]?["name"]?.text ?? "queue"
    self.resource = found
    self.nominal = nominal
    self.borrowing = borrowing
    self.used = used
    pending = document["status"]?["pendingWorkloads"]?.integer ?? 0
    cohort = (spec["cohort"] ?? spec["cohortName"])?.text
  }
}
