/// What is known of a KEDA trigger type: which keys of its metadata hold its target, its activation and its name.
struct KedaTriggerType: Sendable {
  let name: String
  /// The key of the target for each replica, and its default; nil where it must be given.
  let threshold: String
  let standard: String?
  let activation: String
  /// The key that names what is read.
  let subject: String
  /// Whether it counts what waits.
  let countsQueue: Bool

  private init(
    _ name: String, _ threshold: String, _ standard: String?, _ activation: String, _ subject: String,
    queue countsQueue: Bool = true
  ) {
    self.name = name
    self.threshold = threshold
    self.standard = standard
    self.activation = activation
    self.subject = subject
    self.countsQueue = countsQueue
  }

  /// Keys and defaults: keda.sh, the pages of the scalers (2.18).
  static let all: [KedaTriggerType] = [
    KedaTriggerType("prometheus", "threshold", nil, "activationThreshold", "query", queue: false),
    KedaTriggerType("kafka", "lagThreshold", "10", "activationLagThreshold", "topic"),
    KedaTriggerType("rabbitmq", "value", nil, "activationValue", "queueName"),
    KedaTriggerType("aws-sqs-queue", "queueLength", "5", "activationQueueLength", "queueURL"),
    KedaTriggerType("azure-servicebus", "messageCount", "5", "activationMessageCount", "queueName"),
    KedaTriggerType("gcp-pubsub", "value", "10", "activationValue", "subscriptionName"),
    KedaTriggerType("redis", "listLength", "5", "activationListLength", "listName"),
    KedaTriggerType("redis-streams", "pendingEntriesCount", "5", "activationLagCount", "stream"),
    KedaTriggerType("nats-jetstream", "lagThreshold", "10", "activationLagThreshold", "stream"),
    KedaTriggerType("metrics-api", "targetValue", nil, "activationTargetValue", "valueLocation", queue: false),
    KedaTriggerType("datadog", "queryValue", nil, "activationQueryValue", "query", queue: false),
    KedaTriggerType("external", "threshold", nil, "activationThreshold", "metricName", queue: false),
  ]
  static func named(_ name: String) -> KedaTriggerType? { all.first { $0.name == name } }
}
