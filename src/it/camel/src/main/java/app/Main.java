package app;

import java.util.concurrent.TimeUnit;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.jcache.JCacheConstants;
import org.apache.camel.impl.DefaultCamelContext;

/** Uses a cache that Camel's component gets or creates, with a time to live of two seconds. */
public class Main {
  public static void main(String[] arguments) throws Exception {
    try (CamelContext context = new DefaultCamelContext()) {
      context
          .getRegistry()
          .bind("expiry", CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.SECONDS, 2)));
      context.start();
      String endpoint =
          "jcache:results?createCacheIfNotExists=true&expiryPolicyFactory=#expiry"
              + "&cachingProvider=io.persidict.jcache.PersiDictCachingProvider";
      try (ProducerTemplate template = context.createProducerTemplate()) {
        System.out.println("before: " + call(template, endpoint, "GET", null));
        call(template, endpoint, "PUT", arguments[0]);
        System.out.println("stored: " + call(template, endpoint, "GET", null));
        if (arguments.length > 1) {
          TimeUnit.MILLISECONDS.sleep(2_500);
          System.out.println("later: " + call(template, endpoint, "GET", null));
        }
      }
    }
  }

  private static Object call(
      ProducerTemplate template, String endpoint, String action, Object body) {
    return template
        .request(
            endpoint,
            exchange -> {
              exchange.getMessage().setHeader(JCacheConstants.ACTION, action);
              exchange.getMessage().setHeader(JCacheConstants.KEY, "key");
              exchange.getMessage().setBody(body);
            })
        .getMessage()
        .getBody();
  }
}
