package io.persidict.store.s3;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * Makes clients that every server understands: no chunked encoding, no checksums but those that S3
 * demands. They repeat nothing: only who knows what a request means can repeat it.
 */
final class Connection {
  /** A silent server is given up, and perhaps tried again, after this part of the timeout. */
  private static final int ATTEMPTS_WITHIN_TIMEOUT = 3;

  private Connection() {}

  static S3Client client(S3Errors faults) {
    S3Server server = faults.server();
    Duration patience = server.timeout().dividedBy(ATTEMPTS_WITHIN_TIMEOUT);
    Apache5HttpClient.Builder http =
        Apache5HttpClient.builder()
            .maxConnections(server.maxConnections())
            .connectionAcquisitionTimeout(server.timeout())
            .connectionTimeout(patience)
            .socketTimeout(patience);
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                defaults ->
                    new BoundedAnswers(
                        new PatientUploads(
                            http.buildWithDefaults(defaults),
                            patience,
                            server.timeout().multipliedBy(2)),
                        server.timeout()))
            .credentialsProvider(credentials(faults))
            .forcePathStyle(server.pathStyle())
            .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .addPlugin(LegacyMd5Plugin.create()) // other servers know no other checksum
            .overrideConfiguration(
                all ->
                    all.retryStrategy(AwsRetryStrategy.doNotRetry())
                        .addExecutionInterceptor(new RequestInterceptor(faults.counts())));
    server.endpoint().ifPresent(builder::endpointOverride);
    region(server, builder);
    try {
      return builder.build();
    } catch (SdkClientException e) {
      throw faults.noRegion(e);
    }
  }

  private static void region(S3Server server, S3ClientBuilder builder) {
    if (server.region().isPresent()) {
      builder.region(Region.of(server.region().get()));
    } else if (server.endpoint().isPresent()) {
      builder.region(
          Region.of(SdkSystemSetting.AWS_REGION.getStringValue().orElse(Region.US_EAST_1.id())));
    }
  }

  private static AwsCredentialsProvider credentials(S3Errors faults) {
    AwsCredentialsProvider provider = DefaultCredentialsProvider.builder().build();
    try {
      provider.resolveCredentials();
      return provider;
    } catch (SdkClientException e) {
      throw faults.noCredentials(e);
    }
  }
}
