import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.aliyuncs.AcsRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.RoaAcsRequest;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.HttpClientConfig;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.ToNumberPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Calls by the official Java SDKs, as lines of JSON ask for them; see drivers.py. */
public final class Driver {
    private static final Gson JSON =
            new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();
    private static final int TIMEOUT = 30_000;

    /** By the classes that the SDK has for each action. */
    private static JsonElement classic(JsonObject asked) throws Exception {
        DefaultProfile profile = DefaultProfile.getProfile("cn-shanghai", text(asked, "key"), text(asked, "secret"));
        HttpClientConfig config = HttpClientConfig.getDefault();
        config.setConnectionTimeoutMillis((long) TIMEOUT);
        config.setReadTimeoutMillis((long) TIMEOUT);
        profile.setHttpClientConfig(config);
        DefaultAcsClient client = new DefaultAcsClient(profile);
        String model = asked.has("path") ? "green.model.v20180509" : "cloudauth.model.v20190307";
        Class<?> type = Class.forName("com.aliyuncs." + model + "." + text(asked, "action") + "Request");
        AcsRequest<?> request = (AcsRequest<?>) type.getDeclaredConstructor().newInstance();
        request.setSysEndpoint(text(asked, "endpoint"));
        request.setSysProtocol(ProtocolType.HTTP);
        request.setSysAcceptFormat(FormatType.valueOf(asked.has("format") ? text(asked, "format") : "JSON"));
        if (asked.has("path")) {
            byte[] content = asked.get("body").toString().getBytes(StandardCharsets.UTF_8);
            request.setHttpContent(content, "UTF-8", FormatType.JSON);
            // What the SDK's samples do: no exception, whatever the status is.
            com.aliyuncs.http.HttpResponse response = client.doAction((RoaAcsRequest<?>) request);
            JsonObject answer = JSON.fromJson(response.getHttpContentString(), JsonObject.class);
            answer.addProperty("isSuccess", response.isSuccess());
            return answer;
        }
        for (Map.Entry<String, JsonElement> each : asked.getAsJsonObject("params").entrySet()) {
            type.getMethod("set" + each.getKey(), String.class).invoke(request, each.getValue().getAsString());
        }
        return JSON.toJsonTree(client.getAcsResponse(request));
    }

    private static JsonElement tea(JsonObject asked) throws Exception {
        com.aliyun.teaopenapi.Client client = new com.aliyun.teaopenapi.Client(new Config()
                .setAccessKeyId(text(asked, "key")).setAccessKeySecret(text(asked, "secret"))
                .setEndpoint(text(asked, "endpoint")).setProtocol("http"));
        boolean green = asked.has("path");
        Params params = new Params().setAction(text(asked, "action")).setVersion(green ? "2018-05-09" : "2019-03-07")
                .setProtocol("http").setPathname(green ? text(asked, "path") : "/").setMethod("POST").setAuthType("AK")
                .setStyle(green ? "ROA" : "RPC").setReqBodyType(green ? "json" : "formData").setBodyType("json");
        Object body = JSON.fromJson(asked.get(green ? "body" : "params"), Object.class);
        RuntimeOptions runtime = new RuntimeOptions().setConnectTimeout(TIMEOUT).setReadTimeout(TIMEOUT);
        return JSON.toJsonTree(client.callApi(params, new OpenApiRequest().setBody(body), runtime).get("body"));
    }

    private static JsonObject answer(JsonObject asked) {
        JsonObject answer = new JsonObject();
        try {
            answer.add("body", text(asked, "sdk").equals("tea") ? tea(asked) : classic(asked));
        } catch (TeaException error) {
            answer.add("error", error(error, error.getCode()));
        } catch (ClientException error) {
            answer.add("error", error(error, error.getErrCode()));
        } catch (Exception error) {
            answer.add("error", error(error, null));
        }
        return answer;
    }

    private static JsonObject error(Exception error, String code) {
        JsonObject told = new JsonObject();
        told.addProperty("kind", error.getClass().getSimpleName());
        told.addProperty("code", code);
        told.addProperty("message", error.getMessage());
        return told;
    }

    private static String text(JsonObject asked, String name) {
        return asked.get(name).getAsString();
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        java.io.PrintStream out = new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(answer(JSON.fromJson(line, JsonObject.class)));
        }
    }
}
