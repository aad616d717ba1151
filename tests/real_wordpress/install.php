<?php
// Installs WordPress and its test accounts without a browser; prints what was made as one line of JSON.
[, $folder, $url] = $argv;
$host = preg_replace('#^https?://#', '', $url);
$_SERVER['HTTP_HOST'] = $host;
$_SERVER['SERVER_NAME'] = strtok($host, ':');
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define('WP_INSTALLING', true);
require "$folder/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/misc.php';
add_filter('pre_wp_mail', '__return_true');
if (!is_blog_installed()) {
    wp_install('Cổng thử nghiệm', 'admin', 'admin@example.test', true, '', 'only-for-tests');
}
update_option('timezone_string', 'Asia/Ho_Chi_Minh');
$GLOBALS['wp_rewrite']->set_permalink_structure('/%year%/%monthnum%/%postname%/');
$GLOBALS['wp_rewrite']->flush_rules(true);
wp_insert_term('Phổ biến pháp luật', 'category', ['slug' => 'pho-bien-phap-luat']);
$made = ['version' => $GLOBALS['wp_version'], 'passwords' => []];
foreach (['author', 'editor', 'contributor'] as $role) {
    $login = "loa-$role";
    $id = username_exists($login) ?: wp_insert_user([
        'user_login' => $login, 'user_pass' => wp_generate_password(),
        'user_email' => "$role@example.test", 'display_name' => "Cán bộ $role", 'role' => $role,
    ]);
    $name = 'Loa ' . uniqid();  // two of one name are refused
    [$made['passwords'][$login]] = WP_Application_Passwords::create_new_application_password($id, ['name' => $name]);
}
echo json_encode($made), "\n";
